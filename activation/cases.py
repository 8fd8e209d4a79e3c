"""Cases: each call at the operator's is one row with a day, a product and how it ended, and with nothing that names a key.

Who answered stands in it as a code: a digest of case and account under the service's key. Without that key it names nobody, and
no two cases have a code in common; with it, each account can be tried.
"""

import uuid
from datetime import date
from typing import NamedTuple

from django.db.models import Count

from accounts.models import Staff
from activation import keychain
from activation.models import CaseOutcome, PhoneCase

STORE = "activation"
BOUND = (CaseOutcome.CONFIRMED, CaseOutcome.MOVED)
CODE_BYTES = 16


class Cases(NamedTuple):
    """How many calls of a day ended alike."""

    day: date
    outcome: str
    calls: int


class Answered(NamedTuple):
    """A call and who answered it; None if that is forgotten, or the account's key is gone."""

    case: uuid.UUID
    product: str | None
    outcome: str
    username: str | None


def note(*, case: uuid.UUID, outcome: CaseOutcome, actor: uuid.UUID, product: str | None = None, today: date) -> None:
    """Note how a call stands. What it comes to later takes the place of what was noted before, until a computer was bound.

    Args:
        case: Drawn when the call began: a page that is sent twice is one call.
        outcome: How it stands; `open` never takes the place of anything, and nothing that of a binding.
        actor: The account that answers.
        product: What the key is for, once that is known.
        today: The day of the call; it stays.
    """
    (code, *_older) = _codes(case, actor)
    row = PhoneCase(id=case, day=today, product=product, outcome=outcome, answered_by=code)
    rows = PhoneCase.objects.using(STORE)
    rows.bulk_create([row], ignore_conflicts=True)
    if outcome != CaseOutcome.OPEN:
        rows.filter(id=case).exclude(outcome__in=BOUND).update(product=product, outcome=outcome, answered_by=code)


def between(*, first: date, last: date) -> list[Cases]:
    """The calls of some days, the newest first."""
    rows = PhoneCase.objects.using(STORE).filter(day__gte=first, day__lte=last).values_list("day", "outcome")
    return [Cases(*row) for row in rows.annotate(count=Count("id")).order_by("-day", "outcome")]


def answered(*, day: date) -> list[Answered]:
    """The calls of a day with who answered them, in no order that tells when."""
    staff = list(Staff.objects.values_list("id", "username"))
    rows = PhoneCase.objects.using(STORE).filter(day=day).order_by("outcome", "product", "id")
    return [
        Answered(
            row.id,
            row.product,
            row.outcome,
            next(
                (name for account, name in staff if row.answered_by and bytes(row.answered_by) in _codes(row.id, account)), None
            ),
        )
        for row in rows
    ]


def forget_who_answered(*, before: date) -> int:
    """Forget who answered the calls of earlier days."""
    return PhoneCase.objects.using(STORE).filter(answered_by__isnull=False, day__lt=before).update(answered_by=None)


def _codes(case: uuid.UUID, actor: uuid.UUID) -> list[bytes]:
    """How a case names an account: under the newest key first."""
    return [mark[:CODE_BYTES] for mark in keychain.marks("case", case.bytes + actor.bytes)]
