"""Mailboxes, known by a keyed MAC: their lock, what is suppressed for them, and how many mails they get on a day."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from django.db import connections
from django.db.backends.utils import CursorWrapper

from privacy.rows import array

MAILS_A_DAY = 3


def lock(cursor: CursorWrapper, macs: Collection[bytes]) -> None:
    """Hold these mailboxes until the transaction ends, always in the same order."""
    cursor.execute(
        "SELECT lock_address(mac) FROM (SELECT mac FROM unnest(%s::bytea[]) AS wanted (mac) ORDER BY mac) AS held", [array(macs)]
    )


def suppressed(cursor: CursorWrapper, macs: Collection[bytes]) -> set[tuple[bytes, str]]:
    """Which purposes were withdrawn for these mailboxes."""
    cursor.execute("SELECT mac, purpose FROM keystore_suppression WHERE mac = ANY (%s::bytea[])", [array(macs)])
    return {(bytes(mac), purpose) for mac, purpose in cursor.fetchall()}


def book(macs: Sequence[bytes], *, day: date) -> list[date]:
    """The day on which each of these mails may go: today, or the next day on which its mailbox has got fewer than three.

    Only the registrar books, one sweep at a time.
    """
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            "SELECT mac, day, count FROM keystore_mailboxday WHERE mac = ANY (%s::bytea[]) AND day >= %s", [array(set(macs)), day]
        )
        booked = Counter({(bytes(mac), when): count for mac, when, count in cursor.fetchall()})
        days = [_next(booked, mac, day) for mac in macs]
        touched = set(zip(macs, days, strict=True))
        cursor.execute(
            """
            INSERT INTO keystore_mailboxday (mac, day, count) SELECT * FROM unnest(%s::bytea[], %s::date[], %s::smallint[])
            ON CONFLICT (mac, day) DO UPDATE SET count = EXCLUDED.count
            """,
            [array(mac for mac, _ in touched), array(when for _, when in touched), array(booked[each] for each in touched)],
        )
    return days


def _next(booked: Counter[tuple[bytes, date]], mac: bytes, day: date) -> date:
    while booked[mac, day] >= MAILS_A_DAY:
        day += timedelta(days=1)
    booked[mac, day] += 1
    return day
