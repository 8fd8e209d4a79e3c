"""Reading a merge patch of one's own registration (RFC 7396), in the same spelling as a new one."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import NamedTuple, Self

import msgspec

from intake import letters, normal, parsing, shapes
from intake.parsing import Form
from intake.shapes import ChangeBody, ContactBody, DetailsBody

CLEAN: dict[str, Callable[[str], object] | None] = {
    "email": normal.email,
    "phone": None,
    "address": shapes.ADDRESS,
    "country": normal.country,
    "language": normal.language,
    "purchased_on": None,
    **shapes.LINES,
}


class Change(NamedTuple):
    """What changes: values by field, None where a value is taken away; the choices; and whether all mail stops."""

    contact: dict[str, str | None]
    details: dict[str, str | None]
    choices: tuple[letters.Choice, ...]
    stop_all_mail: bool
    canonical: bytes

    @classmethod
    def read(cls, body: bytes, *, today: date) -> Self:
        """Read a patch.

        Raises:
            strict_json.TooLarge, strict_json.Malformed, strict_json.InvalidFields, parsing.ProductKeyNotHere: Bad input.
        """
        document = parsing.document(body)
        given, form = parsing.shaped(document.value, ChangeBody)
        top = {name: value for name in ("country", "language") if (value := getattr(given, name)) is not msgspec.UNSET}
        contact = _cleaned("", top, form) | _section("/contact", given.contact, ContactBody, form)
        if contact.get("phone") is not None:
            contact["phone"] = form.take(
                "/contact/phone", contact["phone"], partial(normal.phone, country=contact.get("country"))
            )
        details = _section("/details", given.details, DetailsBody, form)
        if details.get("purchased_on") is not None:
            bought = form.take("/details/purchased_on", details["purchased_on"], partial(normal.day, latest=today + shapes.DAY))
            details["purchased_on"] = str(bought) if bought else None
        choices = shapes.choices(given.choices, form)
        form.done()
        return cls(contact, details, choices, given.stop_all_mail, document.canonical)


def _section(
    pointer: str, given: dict[str, str | None] | msgspec.UnsetType | None, kind: type[msgspec.Struct], form: Form
) -> dict[str, str | None]:
    """One compartment's part: null takes all of it away."""
    if isinstance(given, msgspec.UnsetType):
        return {}
    if given is None:
        return dict.fromkeys(kind.__struct_fields__)
    known = {name: value for name, value in given.items() if name in kind.__struct_fields__}
    if len(known) < len(given):
        form.fault(pointer, "unknown-field")
    return _cleaned(pointer, known, form)


def _cleaned(pointer: str, given: dict[str, str | None], form: Form) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, value in given.items():
        clean = CLEAN[name]
        taken = form.take(f"{pointer}/{name}", value, clean) if clean else value
        found[name] = None if taken is None else str(taken)
    return found
