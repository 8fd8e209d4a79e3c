"""The house: its rules, which the registrar and the mailer follow, and who speaks for it."""

from dataclasses import dataclass

from django.conf import settings


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
    shut_days: int = 14


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
