"""Tidying: what is settled goes, what expired ends, and what crashes left behind is swept."""

import uuid
from datetime import date, datetime, time
from typing import NamedTuple

from django.db import connections, transaction

from intake.models import Letter
from keystore import cleanup as keystore
from registration import amending, consents
from registration.models import Confirmation, Consent, Registration
from registration.writing import Batch

State = Confirmation.State


class Tidied(NamedTuple):
    """What one call did."""

    expired: int = 0
    settled: int = 0
    orphans: int = 0


def tidy(*, at: datetime) -> Tidied:
    """Do all of it, under the registrar's lock; nothing while a sweep runs."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT try_lock_sweep()")
        if not cursor.fetchone()[0]:
            return Tidied()
        expired = _expire(at.date())
        settled = settle(at=at)
        return Tidied(expired, settled, _orphans(at.date()))


def _expire(day: date) -> int:
    """End choices that no mailbox confirmed in time, and record it."""
    batch, ended = Batch(), keystore.expired(day=day)
    for registration, opened in keystore.custody({registration for registration, _ in ended}).items():
        record = amending.history(opened)
        for _, purpose in sorted(each for each in ended if each[0] == registration):
            if record.state(purpose) == consents.UNCONFIRMED:
                record.count += 1
                consent = Consent(count=record.count, decision=consents.EXPIRED, day=day, channel="clock", purpose=purpose)
                batch.decide(opened, consent)
    batch.save()
    keystore.end(ended, day=day)
    return len(ended)


def settle(*, at: datetime) -> int:
    """Delete mails that were done with before today, and the mailer's grants to registrations that have none left."""
    today = datetime.combine(at, time.min, tzinfo=at.tzinfo)
    Confirmation.objects.filter(state__in=(State.SENT, State.SKIPPED, State.UNDECIDED), next_try__lt=today).delete()
    served = keystore.served()
    mailed = set(Confirmation.objects.filter(registration__in=served).values_list("registration", flat=True))
    return keystore.dismiss(served - mailed)


def _orphans(day: date) -> int:
    """Sweep keystore rows whose registration was never written; not while letters wait, because a row may be one's of them."""
    if Letter.objects.filter(status=Letter.Status.WAITING).exists():
        return 0
    count, after = 0, uuid.UUID(int=0)
    while ids := keystore.registrations(after=after, most=5000):
        known = set(Registration.objects.filter(id__in=ids).values_list("id", flat=True))
        count += keystore.sweep(set(ids) - known, day=day)
        after = ids[-1]
    return count
