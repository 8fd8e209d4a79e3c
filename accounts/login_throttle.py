"""Slow down the guessing of passwords: after five wrong tries a name must wait, longer each time, known or not."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.models import Tries, WrongTry

FREE = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
MEMORY = timedelta(days=1)


class TooManyTries(Exception):
    """This name must wait. The password was not looked at."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("too many tries")
        self.wait = wait


def count(*, username: str, at: datetime, table: type[Tries] = WrongTry) -> None:
    """Count a try as wrong until it proves right: counted afterwards, tries sent all at once would all be free.

    Args:
        username: The name as it was typed.
        at: Now.
        table: Where the site keeps its tries.

    Raises:
        TooManyTries: The name must wait.
    """
    with transaction.atomic():
        tries = table._default_manager  # noqa: SLF001 (the public name is not on an abstract model)
        tries.filter(last__lt=at - MEMORY).delete()
        row, _ = tries.select_for_update().get_or_create(name=_digest(username), defaults={"last": at})
        wait = row.last + pause(row.count) - at
        if row.count >= FREE and wait > timedelta():
            raise TooManyTries(wait)
        row.count, row.last = row.count + 1, at
        row.save(update_fields=["count", "last"])


def forget(*, username: str, table: type[Tries] = WrongTry) -> None:
    """The password was right."""
    table._default_manager.filter(name=_digest(username)).delete()  # noqa: SLF001 (as above)


def pause(wrong: int) -> timedelta:
    """How long to wait after so many wrong tries."""
    doublings = min(wrong - FREE, 10)
    return timedelta() if doublings < 0 else min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)


def _digest(username: str) -> bytes:
    return salted_hmac("accounts.tries", username, algorithm="sha256").digest()
