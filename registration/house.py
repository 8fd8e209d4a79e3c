"""The rules of the house that the registrar and the mailer follow: settings, read once by whoever calls them."""

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
