"""How a letter ended."""

from typing import NamedTuple, Self

from intake.models import Letter


class Outcome(NamedTuple):
    """A letter's status, the reason of a refusal (or the key that is missing), and a signed statement where one is due."""

    status: str
    reason: str | None = None
    statement: str | None = None

    @classmethod
    def accepted(cls, statement: str | None = None) -> Self:
        """It was filed."""
        return cls(Letter.Status.ACCEPTED, None, statement)

    @classmethod
    def refused(cls, reason: str) -> Self:
        """It was understood, and nothing was changed."""
        return cls(Letter.Status.REFUSED, reason)

    @classmethod
    def aside(cls, reason: str) -> Self:
        """It could not be handled; it is kept as it came."""
        return cls(Letter.Status.ASIDE, reason)

    @classmethod
    def held(cls, key: str) -> Self:
        """It waits for a key that is missing, or for an earlier letter that does."""
        return cls(Letter.Status.WAITING, key)
