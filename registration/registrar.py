"""The registrar: opens letters, files them, and blanks them. One sweep at a time, and a repeated sweep changes nothing.

What a batch decides follows the order of arrival. The keystore is written first, and the first writer wins; then one transaction
in `default` writes the rows and blanks the letters. A crash between the two is repaired by sweeping again.

An error is one of three things. A letter's own fault sets it aside (`filing.CANNOT`). A store, a key or a time limit ends the
sweep, and the next one goes on (`ENDS`). Anything else is a mistake of ours: the letter stays waiting, with the error's type
and place beside it, is tried again in each sweep, and raises an alarm; the other letters are filed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, InternalError, OperationalError, connections, transaction

from intake import letters, queue
from intake.models import Letter
from keystore import withdrawals as lowered
from keystore.grants import KeyAwaited
from keystore.withdrawals import Ended
from privacy import errors
from privacy.keyring import KeyMissing, KeyUnsafe
from privacy.letter_sealing import Opener
from registration import amending, filing, inbox, replies, withdrawals
from registration.inbox import Arrived
from registration.outcome import Outcome
from registration.policy import House
from registration.writing import Batch

BATCH = 500
log = structlog.get_logger("regsvc.registrar")
MOST_BATCHES = 200
Status = Letter.Status
ENDS = (OperationalError, InterfaceError, InternalError, KeyMissing, KeyUnsafe, SoftTimeLimitExceeded)
STUCK = "stuck"


class Swept(NamedTuple):
    """What was done: letters handled, those that wait for a key, by the key's name, and those that stand aside or are stuck."""

    handled: int = 0
    held: Mapping[str, int] = MappingProxyType({})
    troubles: Mapping[Outcome, int] = MappingProxyType({})

    @property
    def aside(self) -> int:
        """How many stand aside."""
        return sum(count for outcome, count in self.troubles.items() if outcome.status == Status.ASIDE)

    @property
    def stuck(self) -> int:
        """How many a mistake of ours holds up."""
        return sum(count for outcome, count in self.troubles.items() if outcome.status == Status.WAITING)


@dataclass(slots=True)
class Passed:
    """Letters that were passed over: a purpose has no usable key, or they are stuck. They stay, and hold up nobody else.

    What follows about a registration that is not filed yet for that reason is passed over too, so that its order is kept.
    """

    digests: set[bytes] = field(default_factory=set)
    keys: dict[bytes, str] = field(default_factory=dict)
    held: Counter[str] = field(default_factory=Counter)

    def over(self, digest: bytes, letter: letters.Any | None, key: str) -> None:
        """Pass over one letter, which waits for a key or is stuck."""
        self.digests.add(digest)
        if key != STUCK:
            self.held[key] += 1
        if isinstance(letter, letters.Register):
            self.keys[letter.receipt] = key

    def key_of(self, letter: letters.Any) -> str | None:
        """What the letter's registration waits for: a key, or `STUCK`. An erasure need not wait with it: nothing undoes it."""
        return self.keys.get(letter.receipt) if isinstance(letter, letters.Amend) else None


@dataclass(slots=True)
class Sweep:
    """One batch of letters on its way."""

    house: House
    at: datetime
    passed: Passed
    opener: Opener
    batch: Batch = field(default_factory=Batch)
    outcomes: dict[bytes, Outcome] = field(default_factory=dict)


def sweep_all(*, house: House, at: datetime, most: int = BATCH) -> Swept:
    """Sweep batch by batch, until nothing is left that can be handled.

    Raises:
        keyring.KeyMissing, keyring.KeyUnsafe: A key of every letter cannot be used. What is not handled yet stays as it is.
    """
    handled, troubles = 0, Counter[Outcome]()
    passed, opener = Passed(), Opener()
    for _ in range(MOST_BATCHES):
        before = len(passed.digests)
        swept = sweep(house=house, at=at, most=most, passed=passed, opener=opener)
        handled += swept.handled
        troubles.update(swept.troubles)
        if swept.handled + len(passed.digests) - before < most:
            break
    return Swept(handled, passed.held, troubles)


def sweep(*, house: House, at: datetime, most: int = BATCH, passed: Passed | None = None, opener: Opener | None = None) -> Swept:
    """Handle the oldest waiting letters, at most *most*; nothing while another sweep runs. Those in *passed* are left alone.

    Raises:
        keyring.KeyMissing, keyring.KeyUnsafe: A key that every letter needs cannot be used. The letters stay as they are.
    """
    passed = passed or Passed()
    with transaction.atomic():
        if not _alone():
            return Swept()
        sweeping = Sweep(house, at, passed, opener or Opener())
        for part in inbox.parts(_arrived(sweeping, most)):
            _file(sweeping, [(digest, letter) for digest, letter in part if isinstance(letter, letters.Register)])
            for digest, letter in part:
                if not isinstance(letter, letters.Register):
                    _conclude(sweeping, digest, letter, _handle(sweeping, letter))
        ended = _withdrawn(sweeping)
        queue.settle(sweeping.outcomes)
    lowered.recorded(ended)
    outcomes = sweeping.outcomes.values()
    troubles = Counter(outcome for outcome in outcomes if outcome.status in {Status.ASIDE, Status.WAITING})
    return Swept(sum(outcome.status != Status.WAITING for outcome in outcomes), passed.held, troubles)


def _withdrawn(sweeping: Sweep) -> list[Ended]:
    """Record what withdrawals reached. If that cannot be done, the letters go on, and the next sweep tries again."""
    ended = lowered.unrecorded(most=BATCH)
    if not ended:
        return []
    try:
        with transaction.atomic():
            withdrawals.record(ended, batch=sweeping.batch, at=sweeping.at)
            sweeping.batch.save()
    except ENDS:
        raise
    except Exception as error:  # noqa: BLE001 (a mistake of ours; nothing is forgotten)
        sweeping.batch = Batch()
        log.error("withdrawals not recorded", **errors.broken(error))  # noqa: TRY400 (the text of an exception repeats values)
        return []
    return ended


def _alone() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT try_lock_sweep()")
        return bool(cursor.fetchone()[0])


def _arrived(sweeping: Sweep, most: int) -> Iterator[Arrived]:
    """The oldest letters, opened, without those that were passed over or are set aside."""
    for row in queue.oldest(without=sweeping.passed.digests, most=most):
        letter = inbox.opened(row, opener=sweeping.opener)
        if isinstance(letter, Outcome):
            _conclude(sweeping, row.digest, None, letter)
        else:
            yield row.digest, letter


def _file(sweeping: Sweep, new: Sequence[tuple[bytes, letters.Register]]) -> None:
    """File new registrations together; where that fails, halve until the one that cannot be filed stands aside."""
    if not new:
        return
    try:
        with transaction.atomic():
            batch = Batch()
            outcomes = filing.file([letter for _, letter in new], batch=batch, house=sweeping.house, at=sweeping.at)
            batch.save()
    except ENDS:
        raise
    except Exception as error:  # noqa: BLE001 (what it means is decided by its type)
        if len(new) == 1:
            _conclude(sweeping, *new[0], _stopped(error, code="cannot-file"))
            return
        middle = len(new) // 2
        _file(sweeping, new[:middle])
        _file(sweeping, new[middle:])
    else:
        for (digest, letter), outcome in zip(new, outcomes, strict=True):
            _conclude(sweeping, digest, letter, outcome)


def _stopped(error: Exception, *, code: str) -> Outcome:
    """What becomes of a letter that met an error: it stands aside for its own fault, and is stuck for ours."""
    return Outcome.aside(code, error) if isinstance(error, filing.CANNOT) else Outcome.stuck(error)


def _conclude(sweeping: Sweep, digest: bytes, letter: letters.Any | None, outcome: Outcome) -> None:
    if outcome.status == Status.WAITING:
        sweeping.passed.over(digest, letter, outcome.reason or STUCK)
    if outcome.status != Status.WAITING or outcome.fault:
        sweeping.outcomes[digest] = outcome


def _handle(sweeping: Sweep, letter: letters.Any) -> Outcome:
    """One letter about a registration that exists. One that cannot be handled stands aside; one without a usable key waits."""
    if key := sweeping.passed.key_of(letter):
        return Outcome.held(key)
    try:
        with transaction.atomic():
            outcome = _by_kind(sweeping, letter)
            sweeping.batch.save()
            return outcome
    except KeyAwaited as missing:
        sweeping.batch = Batch()
        return Outcome.held(missing.purpose)
    except ENDS:
        raise
    except Exception as error:  # noqa: BLE001 (what it means is decided by its type)
        sweeping.batch = Batch()
        return _stopped(error, code="cannot-apply")


def _by_kind(sweeping: Sweep, letter: letters.Any) -> Outcome:
    batch, house, at = sweeping.batch, sweeping.house, sweeping.at
    match letter:
        case letters.Amend():
            return amending.amend(letter, batch=batch, house=house, at=at)
        case letters.Erase():
            return amending.erase(letter, house=house, at=at)
        case letters.Confirm():
            return replies.confirm(letter, batch=batch, at=at)
        case letters.Unsubscribe():
            return replies.unsubscribe(letter)
        case letters.Lost():
            return replies.lost(letter, batch=batch, at=at)
        case _:
            return Outcome.aside("unknown-kind")
