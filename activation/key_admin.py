"""What the operator does to a key: find it, block it, free a slot, clear a suspicion, replace it.

Each act locks the key's row first, as an activation does, and is counted by day and product. Nothing says who did it.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from activation import binding, issuing, keychain, policies, pressure, product_keys, rules, tallies
from activation.binding import Place
from activation.models import Binding, ProductKey
from activation.policies import Policy
from activation.product_keys import Key
from activation.rules import State
from privacy.codes import DASHES

STORE = "activation"
LOCATOR = re.compile(r"[0-9a-f]{12}")
SEPARATORS = re.compile(rf"[\s.:{re.escape(DASHES)}]+")


class Act(StrEnum):
    """What can be done to a key."""

    BLOCK = "block"
    UNBLOCK = "unblock"
    RELEASE = "release"
    CLEAR = "clear"
    REPLACE = "replace"


FITS: dict[Act, frozenset[State]] = {
    Act.BLOCK: frozenset({State.LIVE, State.SUSPECT}),
    Act.UNBLOCK: frozenset({State.BLOCKED}),
    Act.RELEASE: frozenset({State.LIVE, State.SUSPECT, State.BLOCKED}),
    Act.CLEAR: frozenset({State.SUSPECT}),
    Act.REPLACE: frozenset({State.LIVE, State.SUSPECT, State.BLOCKED}),
}


class DoesNotFit(Exception):
    """The key is in a state in which that cannot be done; somebody may have been quicker."""


class SlotChanged(Exception):
    """That computer is not in a slot of this key any more."""


class Kept(NamedTuple):
    """A key as the operator sees it.

    Args:
        key: Its row with the batch.
        policy: Its rules.
        places: Its slots.
        refused: How many different computers were refused it in seven days.
    """

    key: ProductKey
    policy: Policy
    places: list[Place]
    refused: int

    @property
    def flagged(self) -> bool:
        """Whether that is more than happens to an honest holder."""
        return self.refused >= self.policy.flag_at

    @property
    def acts(self) -> list[Act]:
        """What can be done to it."""
        return [act for act, states in FITS.items() if self.key.state in states]


def named(text: str) -> Key | bytes:
    """The product key, or the locator, that somebody typed.

    Raises:
        product_keys.NotAKey, product_keys.Mistyped: Neither.
    """
    plain = SEPARATORS.sub("", text).lower()
    return bytes.fromhex(plain) if LOCATOR.fullmatch(plain) else product_keys.read(text)


def find(*, wanted: Key | bytes, today: date) -> Kept:
    """A key by itself or by its locator; raises binding.UnknownKey."""
    with transaction.atomic(using=STORE):
        key = binding.lock(wanted)
        places = binding.occupied(key)
        return Kept(key, policies.POLICIES[key.batch.policy], places, pressure.refused(key=key, today=today))


def block(*, locator: bytes, today: date) -> None:
    """Let a key activate nothing any more. Computers that have a certificate keep it.

    Raises:
        binding.UnknownKey, DoesNotFit: Nothing was changed.
    """
    with _held(locator, Act.BLOCK, today) as key:
        _put(key, State.BLOCKED)


def unblock(*, locator: bytes, today: date) -> None:
    """Take a block back. The key is suspect afterwards if it is still under pressure; raises as `block` does."""
    with _held(locator, Act.UNBLOCK, today) as key:
        refused = pressure.refused(key=key, today=today)
        policy = policies.POLICIES[key.batch.policy]
        _put(key, rules.under_pressure(policy, refused=refused) or State.LIVE)


def clear(*, locator: bytes, today: date) -> None:
    """Take a suspicion back, and count the key's pressure from nothing; raises as `block` does."""
    with _held(locator, Act.CLEAR, today) as key:
        pressure.clear(key=key)
        _put(key, State.LIVE)


def release(*, locator: bytes, bound: uuid.UUID, today: date) -> None:
    """Free the slot that holds a binding. The holder's yearly number of releases does not count it.

    Args:
        locator: The key.
        bound: The binding that the operator saw: one that came later is not meant.
        today: The day.

    Raises:
        binding.UnknownKey, DoesNotFit, SlotChanged: Nothing was changed.
    """
    with _held(locator, Act.RELEASE, today) as key:
        place = next((place for place in binding.occupied(key) if place.binding == bound), None)
        if place is None:
            raise SlotChanged
        binding.finish(place, ended=Binding.Ended.FREED, today=today)


def replace(*, locator: bytes, nonce: uuid.UUID, today: date) -> Key:
    """Issue another key of the same batch and retire this one; raises as `block` does.

    Args:
        locator: The key.
        nonce: Drawn by the page that asks. The new key follows from it, so that a page that is sent twice shows the same key.
        today: The day.
    """
    with transaction.atomic(using=STORE):
        key = binding.lock(locator)
        new = product_keys.made_from(keychain.mark("replacement", locator + nonce.bytes), batch=key.batch.number)
        if key.state == State.REPLACED and issuing.known(new):
            return new
        with _held(locator, Act.REPLACE, today):
            _put(key, State.REPLACED)
            return issuing.store([new], batch=key.batch)[0]


@contextmanager
def _held(locator: bytes, act: Act, today: date) -> Iterator[ProductKey]:
    """The key's row, locked, if the act fits its state; the act is counted."""
    with transaction.atomic(using=STORE):
        key = binding.lock(locator)
        if key.state not in FITS[act]:
            raise DoesNotFit
        tallies.count(day=today, product=key.batch.product, answer=f"operator-{act}")
        yield key


def _put(key: ProductKey, state: State) -> None:
    key.state = state
    key.save(using=STORE, update_fields=["state"])
