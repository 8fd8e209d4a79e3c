"""JSON from strangers: one decoding, every fault as a pointer and a code, and nothing of the input in any of them."""

import json
import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, NamedTuple, NoReturn, TypeVar, Union, get_args, get_origin

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LONGEST = 16 * 1024
MISSING = re.compile(r"missing required field `(\w+)`")
PATH = re.compile(r" - at `\$((?:\.\w+|\[[0-9]+\]|\[\.\.\.\])*)`$")
S = TypeVar("S", bound=msgspec.Struct)

FAULTS: Mapping[str, str | Promise] = {
    "required": _("This field is required."),
    "type": _("Wrong type or format. See /api/v1/schema."),
    "unknown-field": _("Unknown field. Remove it or correct its name."),
    "duplicate-field": _("Duplicate field. Send it only once."),
    "invalid": _("Invalid value. See /api/v1/schema."),
    "too-long": _("The value is too long. See /api/v1/schema."),
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
        InvalidFields: Members are missing, unknown or of a wrong type; each is named.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        raise InvalidFields(list(_faults(value, kind, ""))) from None


def fitting(value: Any, kind: Any) -> Any:
    """What a value that is not of its kind would be, with None for each part that does not fit: its other parts can be judged."""
    struct, item = _parts(kind)
    if struct:
        given = value if isinstance(value, dict) else {}
        fields = [field for field in msgspec.structs.fields(struct) if field.required or field.name in given]
        return struct(**{field.name: fitting(given.get(field.name), field.type) for field in fields})
    if item:
        return [fitting(each, item) for each in value] if isinstance(value, list) else []
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None


def _faults(value: Any, kind: Any, place: str) -> Iterator[Fault]:
    """Every fault of a value; nothing of it is asked while it is good."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        fault = _fault(str(error))
    else:
        return
    struct, item = _parts(kind)
    if struct and isinstance(value, dict):
        fields = msgspec.structs.fields(struct)
        for field in fields:
            if field.name in value:
                yield from _faults(value[field.name], field.type, f"{place}/{field.name}")
            elif field.required:
                yield Fault(f"{place}/{field.name}", "required")
        if value.keys() - {field.name for field in fields}:
            yield Fault(place, "unknown-field")
    elif item and fault.pointer:
        for number, each in enumerate(value):
            yield from _faults(each, item, f"{place}/{number}")
    else:
        yield Fault(place + fault.pointer, fault.code)


def _parts(kind: Any) -> tuple[type[msgspec.Struct] | None, Any]:
    """The struct that a type allows, or what a list holds that it allows."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _parts(inside[0])
    if origin in {Union, UnionType}:
        return next((found for each in inside if any(found := _parts(each))), (None, None))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind, None
    return None, inside[0] if origin is list else None


def _fault(message: str) -> Fault:
    """Msgspec's message as a fault. The path names declared fields only; an unknown field's name stays unsaid."""
    path = PATH.search(message)
    pointer = path[1].replace("[...]", "").replace(".", "/").replace("[", "/").replace("]", "") if path else ""
    if missing := MISSING.search(message):
        return Fault(f"{pointer}/{missing[1]}", "required")
    if "unknown field" in message:
        return Fault(pointer, "unknown-field")
    return Fault(pointer, "too-long" if "of length <=" in message else "type")
