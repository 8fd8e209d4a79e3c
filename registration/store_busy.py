"""A store that does not answer in time is told as such, and the person can try again."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError


class StoreBusy(Exception):
    """A store could not act in time. Nothing was answered; trying again is harmless."""


@contextmanager
def in_time() -> Iterator[None]:
    """A block that asks a store.

    Raises:
        StoreBusy: It hangs, is read-only, or a mailing holds the lock.
    """
    try:
        yield
    except DatabaseError as error:
        raise StoreBusy from error
