"""How a letter ended."""

import traceback
from pathlib import Path
from typing import Self

from intake.models import Letter
from intake.queue import Settled

ROOT = Path(__file__).resolve().parent.parent


class Outcome(Settled):
    """The ways in which a letter can end."""

    @classmethod
    def accepted(cls, statement: str | None = None) -> Self:
        """It was filed."""
        return cls(Letter.Status.ACCEPTED, None, statement)

    @classmethod
    def refused(cls, reason: str) -> Self:
        """It was understood, and nothing was changed."""
        return cls(Letter.Status.REFUSED, reason)

    @classmethod
    def aside(cls, reason: str, error: Exception | None = None) -> Self:
        """It could not be handled; it is kept as it came."""
        return cls(Letter.Status.ASIDE, reason, fault=fault(error) if error else None)

    @classmethod
    def held(cls, key: str) -> Self:
        """It waits for a key that is missing, or for an earlier letter that does."""
        return cls(Letter.Status.WAITING, key)

    @classmethod
    def stuck(cls, error: Exception) -> Self:
        """A mistake of ours stopped it. It waits until that is mended, and holds up nobody else."""
        return cls(Letter.Status.WAITING, fault=fault(error))


def fault(error: Exception) -> str:
    """An error's type and the place in our code that met it, such as `TypeError at registration/filing.py:88`."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _ours(frame.filename)]
    place = f"{Path(frames[-1].filename).relative_to(ROOT)}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {place}"[:120]


def _ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(ROOT) and "site-packages" not in path.parts
