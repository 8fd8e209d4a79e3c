"""Reading a body that holds a registration: its canonical bytes, and all its faults at once."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from intake import normal
from privacy import strict
from privacy.strict import Fault, InvalidFields, Malformed

T = TypeVar("T")


class ProductKeyNotHere(Exception):
    """A value looks like a product key, which has no place among personal data."""


class Document(NamedTuple):
    """A decoded body and its canonical bytes: members in order, no spaces."""

    value: Any
    canonical: bytes


def document(body: bytes) -> Document:
    """Decode *body*; raises what `strict.decode` raises."""
    value = strict.decode(body)
    try:
        return Document(value, json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    except ValueError:  # half a surrogate pair: it is no text, and has no bytes
        raise Malformed from None


class Form:
    """Collects the faults of one body, so that a caller hears of all at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.product_key = False

    def take(self, pointer: str, value: str | None, clean: Callable[[str], T | None]) -> T | None:
        """What *clean* makes of the value; None if it is absent, empty or wrong."""
        if value is None:
            return None
        if normal.looks_like_product_key(value):
            self.product_key = True
        try:
            return clean(value)
        except normal.NotNormal as error:
            self.faults.append(Fault(pointer, error.code))
            return None

    def fault(self, pointer: str, code: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(pointer, code))

    def done(self) -> None:
        """Raise what was found.

        Raises:
            InvalidFields: At least one field is wrong.
            ProductKeyNotHere: A value looks like a product key.
        """
        if self.faults:
            raise InvalidFields(self.faults)
        if self.product_key:
            raise ProductKeyNotHere
