"""Making keys and dealing them out. Used by the `keys` command and the demo, never by a running service."""

import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from privacy import keyring, letter_sealing, sealing, statements

SECRETS = (
    "receipts",
    "index",
    "support",
    "custody",
    "service",
    "acknowledge",
    "statements",
    "pepper",
    "certificate",
    "confirmation",
)
ROTATED = ("certificate", "confirmation", "pepper")  # what they made names its epoch, and nothing has to be made anew
WEEKS_AHEAD = 2
TOPICS = ("updates", "offers")
FIRST = "1"


class Standing(NamedTuple):
    """What exists of one key."""

    name: str
    epochs: list[str]


def make(provider: keyring.FileProvider, *, senders: Iterable[str], at: datetime) -> list[str]:
    """Make every key that is missing: the service's own, one a topic and sender, and three weeks' intake keys.

    Args:
        provider: Where the keys are to lie.
        senders: `vendor` and the codes of the manufacturers.
        at: Now.

    Returns:
        The names and epochs of what was made. Existing keys are never touched.
    """
    return [*_secrets(provider, senders), *_intake(provider, at), *_public_halves(provider)]


def rotate(provider: keyring.FileProvider, *, name: str) -> str:
    """Make the next epoch of a key, for what is made from now on; the epochs before stay for what they made.

    Raises:
        keyring.KeyMissing: There is no first one.
    """
    epochs = provider.epochs(name)
    if not epochs:
        raise keyring.KeyMissing(name)
    epoch = str(int(epochs[-1]) + 1)
    provider.create(name, epoch, sealing.new_key())
    return f"{name}@{epoch}"


def _secrets(provider: keyring.FileProvider, senders: Iterable[str]) -> Iterator[str]:
    marketing = [f"{topic}/{sender}" for sender in sorted(senders) for topic in TOPICS]
    for name in (*SECRETS, *marketing):
        if not provider.epochs(name):
            provider.create(name, FIRST, sealing.new_key())
            yield f"{name}@{FIRST}"


def _intake(provider: keyring.FileProvider, at: datetime) -> Iterator[str]:
    made = set(provider.epochs("intake")) | set(provider.epochs("intake.public"))
    for ahead in range(WEEKS_AHEAD + 1):
        epoch = keyring.week(at + timedelta(weeks=ahead))
        if epoch in made:
            continue
        private, public = letter_sealing.intake_pair()
        provider.create("intake", epoch, private)
        provider.create("intake.public", epoch, public)
        yield f"intake@{epoch}"


def _public_halves(provider: keyring.FileProvider) -> Iterator[str]:
    """What others check statements with: the public web process hands it out, and holds no key that could sign them."""
    for epoch in set(provider.epochs("statements")) - set(provider.epochs("statements.public")):
        provider.create("statements.public", epoch, statements.public_half(provider.load("statements", epoch)))
        yield f"statements.public@{epoch}"


def standing(provider: keyring.FileProvider) -> list[Standing]:
    """Every key that exists."""
    return [Standing(name, provider.epochs(name)) for name in provider.names()]


def deal(provider: keyring.FileProvider, *, names: tuple[str, ...], directory: Path) -> int:
    """Copy exactly the keys of one role into its own directory, so that no process can read another's. Returns how many."""
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(mode=0o700, parents=True)
    own = keyring.FileProvider(directory)
    dealt = [(name, epoch) for name, epochs in standing(provider) if keyring.permitted(name, names) for epoch in epochs]
    for name, epoch in dealt:
        own.create(name, epoch, provider.load(name, epoch))
    return len(dealt)
