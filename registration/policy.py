"""The house: its rules, which the registrar and the mailer follow, and who speaks for it."""

from dataclasses import dataclass

from django.conf import settings

KEYSTORE_BACKUP_DAYS = 7  # backups and WAL of the keystore live no longer: docs/operations.md makes it a condition
INTAKE_WEEK_DAYS = 7  # a key takes letters for a week,
INTAKE_KEY_DAYS = 7  # and is destroyed so many days after it: then letters in old backups stay shut
SHUT_DAYS = max(KEYSTORE_BACKUP_DAYS, INTAKE_WEEK_DAYS + INTAKE_KEY_DAYS)


@dataclass(frozen=True, slots=True)
class House:
    """Settings.

    Args:
        without_mailbox: Countries where a choice needs no confirmation.
        confirm_days: How long a choice waits for its mailbox.
        shut_days: After so many days no backup opens what was erased.
    """

    without_mailbox: frozenset[str] = frozenset()
    confirm_days: int = 14
    shut_days: int = SHUT_DAYS


def rules() -> House:
    """The rules that the settings give."""
    return House(without_mailbox=settings.CONFIRM_WITHOUT, confirm_days=settings.CONFIRM_DAYS)


def speaker() -> dict[str, object]:
    """Who speaks in a mail or on a page, and where the links lead."""
    return {
        "sender_name": settings.SENDER_NAME,
        "sender_address": settings.SENDER_ADDRESS,
        "postal_address": settings.POSTAL_ADDRESS,
        "privacy_contact": settings.PRIVACY_CONTACT,
        "public_url": settings.PUBLIC_URL,
    }
