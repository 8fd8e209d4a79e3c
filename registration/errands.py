"""Service mail: confirmations, welcomes, notices of a changed address, new receipts. Each is sent at most once.

Each mail is claimed durably before it is sent. One sender runs at a time, so what another left claimed is undecided: it may
have been sent, and is never sent again by itself. What the server put off is tried again later, and holds up nobody else.
"""

import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

import structlog
from django.db import connections
from django.db.models import F

from privacy import errors
from registration import handover, smtp
from registration.handover import Handed
from registration.mail_content import Mail, Sender
from registration.models import Confirmation

TRY_AGAIN = [timedelta(minutes=each) for each in (1, 5, 15, 60, 240, 720, 1440)]
MINUTE = timedelta(minutes=1)  # stored times are whole minutes
MOST_TOGETHER = 2000  # rows of one mail that are looked at
LONGEST_RUN = 60.0  # seconds
SERVER_AWAY = 3  # so many mails in a row that the server itself put off, and the call ends
log = structlog.get_logger("regsvc.mail")
State = Confirmation.State


class Sent(NamedTuple):
    """What one call did, in mails."""

    sent: int = 0
    skipped: int = 0
    undecided: int = 0
    put_off: int = 0


def send_some(*, sender: Sender, at: datetime, most: int = 100) -> Sent:
    """Send the mails that are due, at most about *most*; nothing while another sender runs."""
    with _alone() as alone:
        if not alone:
            return Sent()
        left = Confirmation.objects.filter(state=State.CLAIMED).update(state=State.UNDECIDED)
        if left:
            log.warning("mails undecided", count=left)
        counts = _Run(sender, at).send(_due(at=at, most=most))
        undecided = left + counts[State.UNDECIDED]
        return Sent(counts[State.SENT], counts[State.SKIPPED], undecided, counts[State.WAITING])


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


def _due(*, at: datetime, most: int) -> list[list[Confirmation]]:
    """The mails that are due, those that never were put off first; each with all rows that go out together."""
    waiting = Confirmation.objects.filter(state=State.WAITING, next_try__lte=at)
    first = list(waiting.order_by("next_try", "id").values_list("id", "together")[:most])
    places = {each: place for place, (own, together) in enumerate(first) for each in (own, together) if each}
    groups = {together for _, together in first if together}
    wanted = waiting.filter(id__in=[own for own, _ in first]) | waiting.filter(together__in=groups)
    rows = sorted(wanted.select_related("registration__product"), key=lambda row: (places[row.together or row.id], row.id))
    return [list(rows)[:MOST_TOGETHER] for _, rows in groupby(rows, key=lambda row: row.together or row.id)]


class _Run:
    """One call's way through its mails, over one conversation with the server."""

    def __init__(self, sender: Sender, at: datetime) -> None:
        self.sender, self.at, self.claim = sender, at, uuid.uuid4()
        self.counts: Counter[str] = Counter()
        self.slow: set[str] = set()  # domains that put a mail off: the others to them wait too
        self.away = 0

    def send(self, mails: Sequence[list[Confirmation]]) -> Counter[str]:
        """Send them one by one; what did not begin still waits."""
        if not mails:
            return self.counts
        ends = time.monotonic() + LONGEST_RUN
        bag = handover.open_all([row for rows in mails for row in rows])
        with smtp.conversation() as conversation:
            for rows in mails:
                if self.counts[State.UNDECIDED] or self.away >= SERVER_AWAY or time.monotonic() > ends:
                    break
                self._skip([row for row in rows if not bag.holds(row)])
                mail = handover.gathered([row for row in rows if bag.holds(row)], bag)
                if mail and self._claimed(mail.rows):
                    self._settle(mail, self._outcome(mail, conversation))
        return self.counts

    def _outcome(self, mail: Mail, conversation: smtp.Conversation) -> Handed:
        """Hand one mail over. Whatever happens before its text goes out costs this mail only, and it is tried again."""
        if mail.domain in self.slow:
            return Handed(State.WAITING, put_off=True)
        try:
            handed = handover.hand_over(mail, conversation=conversation, sender=self.sender, day=self.at.date())
        except smtp.Refused as refused:
            log.warning("mail refused", verb=refused.verb, code=refused.code)
            return Handed(State.SKIPPED)
        except smtp.Deferred as deferred:
            log.warning("mail put off", verb=deferred.verb, code=deferred.code)
            self.away = 0 if deferred.domain_only else self.away + 1
            if deferred.domain_only:
                self.slow.add(mail.domain)
            return Handed(State.WAITING, put_off=True)
        except smtp.Undecided as undecided:
            log.warning("mail undecided", verb=undecided.verb)
            return Handed(State.UNDECIDED)
        except Exception as error:  # noqa: BLE001 (nothing went out: one bad mail must not stop the others)
            log.error("mail failed", **errors.broken(error))  # noqa: TRY400 (the text of an exception repeats values)
            return Handed(State.WAITING, put_off=True)
        self.away = 0
        return handed

    def _claimed(self, rows: Sequence[Confirmation]) -> bool:
        """Claim one mail durably before it begins, so that a killed sender leaves one undecided; whether it still waits."""
        waiting = Confirmation.objects.filter(id__in=[row.id for row in rows], state=State.WAITING)
        return bool(waiting.update(state=State.CLAIMED, claim=self.claim))

    def _settle(self, mail: Mail, handed: Handed) -> None:
        """Mark what this claim still holds."""
        held = Confirmation.objects.filter(id__in=[row.id for row in mail.rows], claim=self.claim, state=State.CLAIMED)
        attempts = mail.rows[0].attempts
        if handed.put_off and attempts >= len(TRY_AGAIN):
            handed = Handed(State.SKIPPED)  # some two days: the server will not take it any more
        if handed.put_off:
            later = self.at + TRY_AGAIN[attempts] * random.uniform(1, 1.5) + MINUTE  # noqa: S311 (spreads the load)
            held.update(state=State.WAITING, attempts=F("attempts") + 1, next_try=later.replace(second=0, microsecond=0))
        elif handed.state == State.WAITING:
            tomorrow = datetime.combine(self.at, datetime.min.time(), tzinfo=self.at.tzinfo) + timedelta(days=1)
            held.update(state=State.WAITING, next_try=tomorrow)
        else:
            held.update(state=handed.state)
        self.counts[handed.state] += 1

    def _skip(self, rows: Sequence[Confirmation]) -> None:
        """Nobody may be written to about these: their grant is gone, or a seal is broken."""
        if rows:
            Confirmation.objects.filter(id__in=[row.id for row in rows], state=State.WAITING).update(state=State.SKIPPED)
            self.counts[State.SKIPPED] += 1
