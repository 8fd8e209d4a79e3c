"""Cases: each call at the operator's is one row with a day, a product and how it ended, and with nothing that names a key."""

import uuid
from datetime import date
from typing import NamedTuple

from django.db.models import Count

from activation.models import CaseOutcome, PhoneCase

STORE = "activation"
BOUND = (CaseOutcome.CONFIRMED, CaseOutcome.MOVED)


class Cases(NamedTuple):
    """How many calls of a day ended alike."""

    day: date
    outcome: str
    calls: int


def note(*, case: uuid.UUID, outcome: CaseOutcome, product: str | None = None, today: date) -> None:
    """Note how a call stands. What it comes to later takes the place of what was noted before, until a computer was bound.

    Args:
        case: Drawn when the call began: a page that is sent twice is one call.
        outcome: How it stands; `open` never takes the place of anything, and nothing that of a binding.
        product: What the key is for, once that is known.
        today: The day of the call; it stays.
    """
    row = PhoneCase(id=case, day=today, product=product, outcome=outcome)
    rows = PhoneCase.objects.using(STORE)
    rows.bulk_create([row], ignore_conflicts=True)
    if outcome != CaseOutcome.OPEN:
        rows.filter(id=case).exclude(outcome__in=BOUND).update(product=product, outcome=outcome)


def between(*, first: date, last: date) -> list[Cases]:
    """The calls of some days, the newest first."""
    rows = PhoneCase.objects.using(STORE).filter(day__gte=first, day__lte=last).values_list("day", "outcome")
    return [Cases(*row) for row in rows.annotate(count=Count("id")).order_by("-day", "outcome")]
