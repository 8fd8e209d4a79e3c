"""Service mail: confirmations, welcomes, notices of a changed address, new receipts. Each is sent at most once.

Each mail is claimed durably before it is sent. One sender runs at a time, so what another left claimed is undecided: it may
have been sent, and is never sent again by itself. What the server put off is tried again later, and holds up nobody else.
"""

import random
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from django.db import connections
from django.db.models import F

from privacy import errors
from registration import handover, smtp
from registration.handover import Handed
from registration.mail_content import Mail, Sender
from registration.models import Confirmation

TRY_AGAIN = [timedelta(minutes=each) for each in (1, 5, 15, 60, 240, 720, 1440, 1440, 1440)]  # some five days (RFC 5321, 4.5.4.1)
MINUTE = timedelta(minutes=1)  # stored times are whole minutes
MOST_TOGETHER = 5000  # rows that are looked at together
DUE = """
    SELECT coalesce(together, id) AS mail, count(*) FROM registration_confirmation
     WHERE state = 'waiting' AND next_try <= %s GROUP BY mail ORDER BY min(next_try), random() LIMIT %s
"""
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


def _due(*, at: datetime, most: int) -> Iterator[list[list[Confirmation]]]:
    """The mails that are due, those that never were put off first; each with the rows that go out together.

    They come in parts, as many as can be opened at once. However many rows wait for one mailbox, they are one mail.
    """
    part: list[uuid.UUID] = []
    size = 0
    with connections["default"].cursor() as cursor:
        cursor.execute(DUE, [at, most])
        found = cursor.fetchall()
    for mail, count in found:
        if part and size + count > MOST_TOGETHER:
            yield _rows(part, at)
            part, size = [], 0
        part.append(mail)
        size += count
    if part:
        yield _rows(part, at)


def _rows(mails: list[uuid.UUID], at: datetime) -> list[list[Confirmation]]:
    """The rows of these mails, in their order. Of a flood to one mailbox the last days' rows count."""
    waiting = Confirmation.objects.filter(state=State.WAITING, next_try__lte=at)
    wanted = waiting.filter(together__in=mails) | waiting.filter(together=None, id__in=mails)
    rows = list(wanted.select_related("registration__product").order_by("-next_try", "id")[:MOST_TOGETHER])
    found: dict[uuid.UUID, list[Confirmation]] = {mail: [] for mail in mails}
    for row in rows:
        found[row.together or row.id].append(row)
    return [each for each in found.values() if each]


class _Run:
    """One call's way through its mails, over one conversation with the server."""

    def __init__(self, sender: Sender, at: datetime) -> None:
        self.sender, self.at, self.claim = sender, at, uuid.uuid4()
        self.counts: Counter[str] = Counter()
        self.slow: set[str] = set()  # domains that put a mail off: the others to them wait too
        self.away = 0

    def send(self, parts: Iterable[list[list[Confirmation]]]) -> Counter[str]:
        """Send them one by one; what did not begin still waits."""
        ends = time.monotonic() + LONGEST_RUN
        with smtp.conversation() as conversation:
            for part in parts:
                bag = handover.open_all([row for rows in part for row in rows])
                for rows in part:
                    if self.counts[State.UNDECIDED] or self.away >= SERVER_AWAY or time.monotonic() > ends:
                        return self.counts
                    self._skip([row for row in rows if not bag.holds(row)])
                    mail = handover.gathered([row for row in rows if bag.holds(row)], bag)
                    if mail and self._claimed(mail):
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
            conversation.abandon()  # its envelope must not become the next mail's
            connections["keystore"].close_if_unusable_or_obsolete()
            return Handed(State.WAITING, put_off=True)
        self.away = 0
        return handed

    def _claimed(self, mail: Mail) -> bool:
        """Claim one mail durably before it begins, so that a killed sender leaves one undecided; whether it still waits."""
        waiting = Confirmation.objects.filter(id__in=[row.id for row in (*mail.rows, *mail.unnamed)], state=State.WAITING)
        return bool(waiting.update(state=State.CLAIMED, claim=self.claim))

    def _settle(self, mail: Mail, handed: Handed) -> None:
        """Mark what this claim still holds."""
        claimed = Confirmation.objects.filter(claim=self.claim, state=State.CLAIMED)
        named = claimed.filter(id__in=[row.id for row in mail.rows])
        if handed.put_off and mail.rows[0].attempts >= len(TRY_AGAIN):
            handed = Handed(State.SKIPPED)  # the server will not take it any more
        if handed.nothing_stands:
            named.update(state=State.SKIPPED)
            claimed.update(state=State.WAITING)  # what had no room in this mail gets one of its own
        elif handed.state == State.WAITING:
            claimed.update(state=State.WAITING, **self._later(mail, handed))
        else:
            claimed.update(state=handed.state)
        self.counts[handed.state] += 1

    def _later(self, mail: Mail, handed: Handed) -> dict[str, Any]:
        """When a mail is tried again: after a pause, or on the next day if its mailbox has had its mails of today."""
        if handed.put_off:
            pause = TRY_AGAIN[mail.rows[0].attempts] * random.uniform(1, 1.5) + MINUTE  # noqa: S311 (spreads the load)
            return {"attempts": F("attempts") + 1, "next_try": (self.at + pause).replace(second=0, microsecond=0)}
        tomorrow = datetime.combine(self.at, datetime.min.time(), tzinfo=self.at.tzinfo) + timedelta(days=1)
        if mail.together:  # of a flood that was not looked at together, the rest need not be looked at today either
            rest = Confirmation.objects.filter(together=mail.together, state=State.WAITING, next_try__lte=self.at)
            rest.update(next_try=tomorrow)
        return {"next_try": tomorrow}

    def _skip(self, rows: Sequence[Confirmation]) -> None:
        """Nobody may be written to about these: their grant is gone, or a seal is broken."""
        if rows:
            Confirmation.objects.filter(id__in=[row.id for row in rows], state=State.WAITING).update(state=State.SKIPPED)
            self.counts[State.SKIPPED] += 1
