"""Reading JSON from outside: one decoding, every fault as a pointer and a code, and nothing of the input in any of them."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, TypeVar

import msgspec

from intake import normal

LONGEST = 16 * 1024
T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


class Malformed(Exception):
    """The body is not JSON, or not UTF-8."""


class TooLarge(Exception):
    """The body is longer than 16 KiB."""


class Fault(NamedTuple):
    """One wrong field: its JSON pointer (RFC 6901) and a code."""

    pointer: str
    code: str


class InvalidFields(Exception):
    """Fields are wrong. Holds pointers and codes only."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} invalid fields")
        self.faults = faults


class ProductKeyNotHere(Exception):
    """A value looks like a product key, which has no place among personal data."""


class Document(NamedTuple):
    """A decoded body and its canonical bytes: members in order, no spaces."""

    value: Any
    canonical: bytes


def document(body: bytes) -> Document:
    """Decode *body*.

    Raises:
        TooLarge: It is over 16 KiB.
        Malformed: It is not JSON.
        InvalidFields: A member stands twice.
    """
    if len(body) > LONGEST:
        raise TooLarge
    try:
        value = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
        canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except _Twice:
        raise InvalidFields([Fault("", "duplicate-field")]) from None
    except (ValueError, RecursionError):
        raise Malformed from None
    return Document(value, canonical)


class _Twice(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError


MISSING = re.compile(r"missing required field `(\w+)`")
PATH = re.compile(r" - at `\$((?:\.\w+|\[[0-9]+\]|\[\.\.\.\])*)`$")


def shaped(value: Any, kind: type[S]) -> S:
    """The decoded value as a struct.

    Raises:
        InvalidFields: A member is missing, unknown or of a wrong type; the first such is named.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InvalidFields([_fault(str(error))]) from None


def _fault(message: str) -> Fault:
    """Msgspec's message as a fault. The path names declared fields only; an unknown field's name stays unsaid."""
    path = PATH.search(message)
    pointer = path[1].replace("[...]", "").replace(".", "/").replace("[", "/").replace("]", "") if path else ""
    if missing := MISSING.search(message):
        return Fault(f"{pointer}/{missing[1]}", "required")
    if "unknown field" in message:
        return Fault(pointer, "unknown-field")
    return Fault(pointer, "too-long" if "of length <=" in message else "type")


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
