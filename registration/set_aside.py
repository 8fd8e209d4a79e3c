"""Letters that were set aside, or that a mistake of ours holds up: what stopped them, and what to do with them. No values."""

from datetime import date
from typing import NamedTuple

import structlog
from django.db.models import Q, QuerySet

from intake import letters
from intake.models import Letter
from intake.queue import Waiting
from registration import inbox
from registration.outcome import Outcome

Status = Letter.Status
DROPPED = "dropped"
UNKNOWN = "?"
log = structlog.get_logger("regsvc.letters")


class NoSuchLetter(Exception):
    """No such letter stands aside or is stuck, or the digest's beginning fits several."""


class StillReadable(Exception):
    """The letter opens: somebody was told that it is kept, and it may be filed once its fault is mended."""


class Found(NamedTuple):
    """One letter, without what is in it."""

    digest: str
    kind: str
    code: str
    epoch: str
    origin: str
    day: date | None
    fault: str


def listed() -> list[Found]:
    """All letters that stand aside or are stuck, oldest first."""
    return [_found(letter) for letter in _stopped().order_by("arrived_at")]


def show(digest: str) -> Found:
    """One of them.

    Args:
        digest: Its digest in hex, or a beginning of it that fits no other.

    Raises:
        NoSuchLetter: None, or several.
    """
    return _found(_one(digest))


def retry(digest: str) -> None:
    """Let the next sweep try it again.

    Raises:
        NoSuchLetter: None, or several.
    """
    letter = _one(digest)
    _stopped().filter(digest=letter.digest).update(status=Status.WAITING, reason=None, fault=None)
    log.warning("letter tried again", code=letter.reason, fault=letter.fault)


def retry_all() -> int:
    """Let the next sweep try every letter that stands aside again; how many there are."""
    count = Letter.objects.filter(status=Status.ASIDE).update(status=Status.WAITING, reason=None, fault=None)
    log.warning("letters tried again", count=count)
    return count


def drop(digest: str, *, even_readable: bool = False) -> None:
    """Throw the letter's content away for good. Its submission says `refused` with the reason `dropped` from then on.

    Args:
        digest: The whole digest in hex.
        even_readable: Drop it although it opens.

    Raises:
        NoSuchLetter: No letter with this digest stands aside. One that waits is never dropped.
        StillReadable: It opens. Try it again first.
    """
    letter = _stopped().filter(status=Status.ASIDE, digest=_bytes(digest)).first()
    if letter is None:
        raise NoSuchLetter
    if not even_readable and not isinstance(_opened(letter), Outcome):
        raise StillReadable
    Letter.objects.filter(digest=letter.digest, status=Status.ASIDE).update(
        status=Status.REFUSED, reason=DROPPED, sealed=None, arrived_at=None
    )
    log.warning("letter dropped", code=letter.reason, fault=letter.fault)


def _stopped() -> "QuerySet[Letter]":
    return Letter.objects.filter(Q(status=Status.ASIDE) | Q(status=Status.WAITING, fault__isnull=False))


def _one(digest: str) -> Letter:
    fitting = [letter for letter in _stopped() if bytes(letter.digest).hex().startswith(digest.lower())]
    if len(fitting) != 1:
        raise NoSuchLetter
    return fitting[0]


def _bytes(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        raise NoSuchLetter from None


def _opened(letter: Letter) -> letters.Any | Outcome:
    row = Waiting(bytes(letter.digest), letter.origin, letter.epoch, bytes(letter.sealed or b""))
    return inbox.opened(row)


def _found(letter: Letter) -> Found:
    content = _opened(letter)
    return Found(
        digest=bytes(letter.digest).hex(),
        kind=UNKNOWN if isinstance(content, Outcome) else type(content).__name__.lower(),
        code=letter.reason or "stuck",
        epoch=letter.epoch,
        origin=letter.origin,
        day=letter.arrived_at.date() if letter.arrived_at else None,
        fault=letter.fault or "",
    )
