"""Service mail: confirmations, welcomes, notices of a changed address, new receipts. Each is sent at most once.

Each mail is claimed durably before it is sent. One sender runs at a time, so what another left claimed is undecided: it may
have been sent, and is never sent again by itself.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from typing import NamedTuple

import structlog
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connections

from registration import handover
from registration.handover import Sender
from registration.models import Confirmation

log = structlog.get_logger("regsvc.mail")
State = Confirmation.State


class Sent(NamedTuple):
    """What one call did, in mails."""

    sent: int = 0
    skipped: int = 0
    undecided: int = 0


def send_some(*, sender: Sender, day: date, most: int = 100) -> Sent:
    """Send the mails that are due, at most about *most*; nothing while another sender runs."""
    with _alone() as alone:
        if not alone:
            return Sent()
        undecided = Confirmation.objects.filter(state=State.CLAIMED).update(state=State.UNDECIDED)
        if undecided:
            log.warning("mails undecided", count=undecided)
        rows = _due(day=day, most=most)
        sent, skipped = _send(rows, sender, day) if rows else (0, 0)
        return Sent(sent, skipped, undecided)


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the sender's lock for a session of its own connection; it falls when the process dies."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT try_lock_mail_run()")
        alone = bool(cursor.fetchone()[0])
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT unlock_mail_run()")


def _due(*, day: date, most: int) -> list[Confirmation]:
    """Rows of mails that are due, and with one row all that go into the same mail."""
    due = Confirmation.objects.filter(state=State.WAITING, due__lte=day)
    first = list(due.order_by("due", "id").values_list("id", "together")[:most])
    groups = {together for _, together in first if together}
    wanted = due.filter(id__in=[each for each, _ in first]) | due.filter(together__in=groups)
    return list(wanted.select_related("registration__product").order_by("together", "id"))


def _mails(rows: Sequence[Confirmation]) -> Iterator[list[Confirmation]]:
    for _, group in groupby(rows, key=lambda row: row.together or row.id):
        yield list(group)


def _send(rows: list[Confirmation], sender: Sender, day: date) -> tuple[int, int]:
    """Send every mail over one connection. When a server fails, what did not begin still waits."""
    counts: Counter[str] = Counter()
    try:
        connection: BaseEmailBackend = get_connection()
        connection.open()
    except OSError as error:
        log.warning("mail server away", exception=type(error).__name__)
        return 0, 0
    try:
        bag, claim = handover.open_all(rows), uuid.uuid4()
        for mail in _mails(rows):
            if counts[State.UNDECIDED]:
                break
            if _claim(mail, claim):
                state = handover.send(mail, bag=bag, sender=sender, connection=connection, day=day)
                _mark(mail, claim, state)
                counts[state] += 1
    finally:
        connection.close()
    return counts[State.SENT], counts[State.SKIPPED]


def _claim(rows: Sequence[Confirmation], claim: uuid.UUID) -> bool:
    """Claim one mail durably before it begins, so that a killed sender leaves one undecided at most; whether it still waits."""
    waiting = Confirmation.objects.filter(id__in=[row.id for row in rows], state=State.WAITING)
    return bool(waiting.update(state=State.CLAIMED, claim=claim))


def _mark(rows: Sequence[Confirmation], claim: uuid.UUID, state: str) -> None:
    """Mark what this claim still holds."""
    Confirmation.objects.filter(id__in=[row.id for row in rows], claim=claim, state=State.CLAIMED).update(state=state)
