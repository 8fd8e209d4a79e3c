"""JSON from strangers: one decoding, every fault as a pointer and a code, and nothing of the input in any of them."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn, TypeVar

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LONGEST = 16 * 1024
MISSING = re.compile(r"missing required field `(\w+)`")
PATH = re.compile(r" - at `\$((?:\.\w+|\[[0-9]+\]|\[\.\.\.\])*)`$")
S = TypeVar("S", bound=msgspec.Struct)

FAULTS: Mapping[str, str | Promise] = {
    "required": _("This field is needed."),
    "type": _("The value has the wrong type or form."),
    "unknown-field": _("There is a field here that this address does not know."),
    "duplicate-field": _("A field stands twice."),
    "invalid": _("The value cannot be what it should be."),
    "too-long": _("The value is too long."),
}


class Malformed(Exception):
    """The body is not JSON, or not UTF-8."""


class TooLarge(Exception):
    """The body is longer than 16 KiB."""


class Fault(NamedTuple):
    """One wrong field: its JSON pointer (RFC 6901) and a code of FAULTS."""

    pointer: str
    code: str


class InvalidFields(Exception):
    """Fields are wrong. Holds pointers and codes only."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} invalid fields")
        self.faults = faults


def decode(body: bytes) -> Any:
    """The body's value.

    Raises:
        TooLarge: It is over 16 KiB.
        Malformed: It is not JSON in UTF-8.
        InvalidFields: A member stands twice.
    """
    if len(body) > LONGEST:
        raise TooLarge
    try:
        return json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except _Twice:
        raise InvalidFields([Fault("", "duplicate-field")]) from None
    except (ValueError, RecursionError):
        raise Malformed from None


class _Twice(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError


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
