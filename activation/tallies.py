"""Counts of a day: how often each answer was given for a product. All that remains of most requests."""

import secrets
from datetime import date, datetime
from typing import NamedTuple

from django.db import connections, transaction
from django.db.models import Sum

from activation.models import DayTally

STORE = "activation"
PARTS = 16  # one row would make all activations of a day wait for each other
COUNT = """
INSERT INTO activation_daytally (day, product, answer, part, count) VALUES (%s, %s, %s, %s, 1)
ON CONFLICT (day, product, answer, part) DO UPDATE SET count = activation_daytally.count + 1
"""


def count(*, day: date, product: str, answer: str) -> None:
    """Count one answer."""
    with connections[STORE].cursor() as cursor:
        cursor.execute(COUNT, [day, product, answer, secrets.randbelow(PARTS)])


def probe(*, at: datetime) -> None:
    """Count something, and take it back.

    Raises:
        DatabaseError: Nothing can be written.
    """
    with transaction.atomic(using=STORE):
        count(day=at.date(), product="probe", answer="probe")
        transaction.set_rollback(True, using=STORE)


def of(day: date) -> dict[tuple[str, str], int]:
    """The counts of a day, by product and answer."""
    rows = DayTally.objects.using(STORE).filter(day=day).values_list("product", "answer")
    return {(product, answer): total for product, answer, total in rows.annotate(total=Sum("count"))}


class Counted(NamedTuple):
    """How often an answer was given on a day, for all products together."""

    day: date
    answer: str
    times: int


def between(*, first: date, last: date) -> list[Counted]:
    """The counts of some days."""
    rows = DayTally.objects.using(STORE).filter(day__gte=first, day__lte=last).values_list("day", "answer")
    return [Counted(*row) for row in rows.annotate(total=Sum("count")).order_by("day", "answer")]
