"""The registrar: opens letters, files them, and blanks them. One sweep at a time, and a repeated sweep changes nothing.

What a batch decides follows the order of arrival. The keystore is written first, and the first writer wins; then one transaction
in `default` writes the rows and blanks the letters. A crash between the two is repaired by sweeping again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from django.db import connections, transaction

from intake import letters
from intake.models import Letter
from keystore.grants import KeyAwaited
from privacy import keyring, sealing
from privacy.receipts import Receipt
from privacy.rows import array
from registration import amending, filing, replies
from registration.house import House
from registration.outcome import Outcome
from registration.writing import Batch

LOCK = 0x7265_6773_0002  # "regs", 2: one sweep at a time
BATCH = 500
MOST_BATCHES = 200
Status = Letter.Status
Arrived = tuple[Letter, letters.Any]


class Swept(NamedTuple):
    """What was done: letters handled, those of them that stand aside, and those that wait for a key, by the key's name."""

    handled: int = 0
    aside: int = 0
    held: Mapping[str, int] = MappingProxyType({})


@dataclass(slots=True)
class Passed:
    """Letters that were passed over, because a choice's purpose has no key. They stay as they are, and hold up nobody else.

    What follows about a registration that is not filed yet for that reason is passed over too, so that its order is kept.
    """

    digests: set[bytes] = field(default_factory=set)
    keys: dict[bytes, str] = field(default_factory=dict)
    held: Counter[str] = field(default_factory=Counter)

    def over(self, digest: bytes, letter: letters.Any, key: str) -> None:
        """Pass over one letter."""
        self.digests.add(digest)
        self.held[key] += 1
        if isinstance(letter, letters.Register):
            self.keys[letter.receipt] = key

    def key_of(self, letter: letters.Any) -> str | None:
        """The key that the letter's registration waits for. An erasure need not wait with it: nothing undoes it."""
        return self.keys.get(letter.receipt) if isinstance(letter, letters.Amend) else None


@dataclass(slots=True)
class Sweep:
    """One batch of letters on its way."""

    house: House
    at: datetime
    passed: Passed
    batch: Batch = field(default_factory=Batch)
    outcomes: dict[bytes, Outcome] = field(default_factory=dict)


def sweep_all(*, house: House, at: datetime, most: int = BATCH) -> Swept:
    """Sweep batch by batch, until nothing is left that can be handled.

    Raises:
        keyring.KeyMissing: A key that every letter needs is not there. What is not handled yet stays as it is.
    """
    handled = aside = 0
    passed = Passed()
    for _ in range(MOST_BATCHES):
        before = len(passed.digests)
        swept = sweep(house=house, at=at, most=most, passed=passed)
        handled, aside = handled + swept.handled, aside + swept.aside
        if swept.handled + len(passed.digests) - before < most:
            break
    return Swept(handled, aside, passed.held)


def sweep(*, house: House, at: datetime, most: int = BATCH, passed: Passed | None = None) -> Swept:
    """Handle the oldest waiting letters, at most *most*; nothing while another sweep runs. Those in *passed* are left alone.

    Raises:
        keyring.KeyMissing: A key that every letter needs is not there. The letters stay as they are.
    """
    passed = passed or Passed()
    with transaction.atomic():
        if not _alone():
            return Swept()
        waiting = list(
            Letter.objects.filter(status=Status.WAITING).exclude(digest__in=passed.digests).order_by("arrived_at")[:most]
        )
        if not waiting:
            return Swept()
        sweeping = Sweep(house, at, passed)
        for part in _parts([(row, letter) for row in waiting if (letter := _open(row, sweeping))]):
            _file(sweeping, [(row, letter) for row, letter in part if isinstance(letter, letters.Register)])
            for row, letter in part:
                if not isinstance(letter, letters.Register):
                    _conclude(sweeping, row, letter, _handle(sweeping, letter))
        _settle(sweeping.outcomes)
    outcomes = sweeping.outcomes.values()
    return Swept(len(outcomes), sum(outcome.status == Status.ASIDE for outcome in outcomes), passed.held)


def _alone() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _open(row: Letter, sweeping: Sweep) -> letters.Any | None:
    """The letter, or None if it is set aside: it blocks nobody and is kept as it is."""
    digest = bytes(row.digest)
    try:
        plain = sealing.from_letter(bytes(row.sealed or b""), origin=row.origin, epoch=row.epoch, digest=digest)
        letter: letters.Any = letters.decode(plain)
    except sealing.SealBroken:
        sweeping.outcomes[digest] = Outcome.aside("does-not-open")
    except keyring.KeyMissing:
        sweeping.outcomes[digest] = Outcome.aside("epoch-gone")
    except msgspec.MsgspecError:
        sweeping.outcomes[digest] = Outcome.aside("unreadable")
    else:
        if row.origin not in letters.ORIGINS[type(letter)]:
            sweeping.outcomes[digest] = Outcome.aside("wrong-origin")
        elif isinstance(letter, letters.Register) and Receipt(letter.receipt).digest != digest:
            sweeping.outcomes[digest] = Outcome.aside("wrong-digest")
        else:
            return letter
    return None


def _parts(opened: Sequence[Arrived]) -> Iterator[list[Arrived]]:
    """The letters in parts, each with a lowering letter at its end at most: it holds for what came before it, and not after."""
    part: list[Arrived] = []
    for row, letter in opened:
        part.append((row, letter))
        if _lowers(letter):
            yield part
            part = []
    yield part


def _lowers(letter: letters.Any) -> bool:
    if isinstance(letter, letters.Amend):
        return not all(choice.granted for choice in letter.choices)
    return isinstance(letter, letters.Unsubscribe)


def _file(sweeping: Sweep, new: Sequence[tuple[Letter, letters.Register]]) -> None:
    """File new registrations together; where that fails, halve until the one that cannot be filed stands aside."""
    if not new:
        return
    try:
        with transaction.atomic():
            batch = Batch()
            outcomes = filing.file([letter for _, letter in new], batch=batch, house=sweeping.house, at=sweeping.at)
            batch.save()
    except filing.CANNOT:
        if len(new) == 1:
            sweeping.outcomes[bytes(new[0][0].digest)] = Outcome.aside("cannot-file")
            return
        middle = len(new) // 2
        _file(sweeping, new[:middle])
        _file(sweeping, new[middle:])
    else:
        for (row, letter), outcome in zip(new, outcomes, strict=True):
            _conclude(sweeping, row, letter, outcome)


def _conclude(sweeping: Sweep, row: Letter, letter: letters.Any, outcome: Outcome) -> None:
    if outcome.status == Status.WAITING:
        sweeping.passed.over(bytes(row.digest), letter, outcome.reason or "")
    else:
        sweeping.outcomes[bytes(row.digest)] = outcome


def _handle(sweeping: Sweep, letter: letters.Any) -> Outcome:
    """One letter about a registration that exists. One that cannot be handled stands aside; one whose key is missing waits."""
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
    except filing.CANNOT:
        sweeping.batch = Batch()
        return Outcome.aside("cannot-apply")


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
            return replies.unsubscribe(letter, batch=batch, at=at)
        case letters.Lost():
            return replies.lost(letter, batch=batch, at=at)
        case _:
            return Outcome.aside("unknown-kind")


def _settle(outcomes: dict[bytes, Outcome]) -> None:
    """Write every letter's outcome with one statement, and blank what was filed."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            """
            UPDATE intake_letter AS letter SET status = done.status, reason = done.reason, statement = done.statement,
                   sealed = CASE WHEN done.status = 'aside' THEN letter.sealed END,
                   arrived_at = CASE WHEN done.status = 'aside' THEN letter.arrived_at END
              FROM unnest(%s::bytea[], %s::varchar[], %s::varchar[], %s::text[]) AS done (digest, status, reason, statement)
             WHERE letter.digest = done.digest
            """,
            [
                array(outcomes),
                array(str(outcome.status) for outcome in outcomes.values()),
                array(outcome.reason for outcome in outcomes.values()),
                array(outcome.statement for outcome in outcomes.values()),
            ],
        )
