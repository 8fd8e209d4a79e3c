"""Reading a body that holds a registration: its canonical bytes, and all its faults at once."""

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from intake import normal
from web import strict_json
from web.strict_json import Fault, InvalidFields, Malformed

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


class ProductKeyNotHere(Exception):
    """A value looks like a product key, which has no place among personal data."""


class Document(NamedTuple):
    """A decoded body and its canonical bytes: members in order, no spaces."""

    value: Any
    canonical: bytes


def document(body: bytes) -> Document:
    """Decode *body*; raises what `strict_json.decode` raises."""
    value = strict_json.decode(body)
    try:
        return Document(value, json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    except ValueError:  # half a surrogate pair: it is no text, and has no bytes
        raise Malformed from None


class Form:
    """Collects the faults of one body, so that a caller hears of all at once.

    Args:
        faults: Those of its shape. What has the wrong shape was not read, and gets no other fault.
    """

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = [*faults]
        self.unread = [fault.pointer for fault in self.faults if fault.code != "unknown-field"]
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
            self.fault(pointer, error.code)
            return None

    def fault(self, pointer: str, code: str) -> None:
        """Note a fault."""
        if not any(_overlap(pointer, unread) for unread in self.unread):
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


def shaped(value: Any, kind: type[S]) -> tuple[S, Form]:
    """The value as a struct, and the form that judges what stands in it.

    What has the wrong shape is a fault of the form already, and None in the struct: so all faults are found at once.
    """
    try:
        return strict_json.shaped(value, kind), Form()
    except InvalidFields as wrong:
        return cast("S", strict_json.fitting(value, kind)), Form(wrong.faults)


def _overlap(one: str, other: str) -> bool:
    """Whether one of two places is the other, or stands in it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
