"""The catalogue as a document: what `catalogue import` reads and `catalogue export` writes. Checked here without a database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from catalogue import digests
from catalogue.models import VENDOR

SHOWN = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]"  # no control characters, and no half of a pair
Code = Annotated[str, Meta(pattern=r"\A[a-z0-9-]{2,40}\Z")]
Language = Annotated[str, Meta(pattern=r"\A[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?\Z", max_length=12)]
Line = Annotated[str, Meta(pattern=rf"\A(?=\S){SHOWN}*(?<=\S)\Z", max_length=200)]
Prose = Annotated[str, Meta(pattern=rf"\A(?=\S)({SHOWN}|\n)*(?<=\S)\Z", max_length=10_000)]
Status = Literal["draft", "published", "retired"]

MEANINGS = {
    "required": "this field is missing",
    "invalid": "this value has the wrong type or format",
    "unknown-field": "this object has an unknown field: remove it or correct its name",
    "reserved": "`vendor` is reserved: use another code",
    "twice": "duplicate: remove one of the two",
    "two-published": "this document publishes two texts for the same place: keep one",
    "dates": "the dates do not match the status or each other, or are in the future",
    "unknown-product": "there is no product with this code in this document or the catalogue",
    "unknown-manufacturer": "there is no manufacturer with this code in this document or the catalogue",
    "backwards": "the catalogue has already published or retired this text, which cannot be undone: change the text",
    "last": "this retires the last text of a language, so customers would see "
    "another language: publish its successor in the same "
    "document",
}


class Fault(NamedTuple):
    """What is wrong, and where: a JSON pointer, never the value."""

    pointer: str
    code: str

    def __str__(self) -> str:
        return f"{self.pointer or '(the document)'}: {MEANINGS[self.code]}"


class BadCatalogue(Exception):
    """The document cannot be taken in. Nothing was stored."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


class NamedEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """What products and manufacturers have in common."""

    code: Code
    name: Line


class ProductEntry(NamedEntry, frozen=True, forbid_unknown_fields=True):
    """One product."""

    active: bool = True


class ManufacturerEntry(NamedEntry, frozen=True, forbid_unknown_fields=True):
    """One manufacturer."""


class TextEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What notices and wordings have in common. The dates are for texts that were published elsewhere before."""

    language: Language
    text: Prose
    status: Status
    published_on: date | None = None
    retired_on: date | None = None

    @property
    def scope(self) -> dict[str, str | None]:
        """The columns within which only one text is published at a time."""
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """The text's name."""
        raise NotImplementedError


class NoticeEntry(TextEntry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One notice, for one product or for all."""

    product: Code | None = None

    @property
    def scope(self) -> dict[str, str | None]:
        """One published notice for each product and language."""
        return {"product_id": self.product, "language": self.language}

    @property
    def digest(self) -> str:
        """The text's name."""
        return digests.of_notice(product=self.product, language=self.language, text=self.text)


class WordingEntry(TextEntry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One wording."""

    topic: Literal["updates", "offers"]
    sender: Code

    @property
    def scope(self) -> dict[str, str | None]:
        """One published wording for each topic, sender and language."""
        return {"topic": self.topic, "sender": self.sender, "language": self.language}

    @property
    def digest(self) -> str:
        """The text's name."""
        return digests.of_wording(topic=self.topic, sender=self.sender, language=self.language, text=self.text)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A document that holds together by itself."""

    products: tuple[ProductEntry, ...]
    manufacturers: tuple[ManufacturerEntry, ...]
    notices: tuple[NoticeEntry, ...]
    wordings: tuple[WordingEntry, ...]


SECTIONS: dict[str, type[Struct]] = {
    "products": ProductEntry,
    "manufacturers": ManufacturerEntry,
    "notices": NoticeEntry,
    "wordings": WordingEntry,
}


def read(document: object, *, today: date) -> Catalogue:
    """Check a document.

    Args:
        document: Parsed JSON. A section that is absent is empty.
        today: No date in the document may be later.

    Raises:
        BadCatalogue: With every fault that was found.
    """
    if not isinstance(document, dict):
        raise BadCatalogue([Fault("", "invalid")])
    faults = [Fault("", "unknown-field")] if document.keys() - SECTIONS.keys() else []
    entries: dict[str, Any] = {name: _section(document.get(name, []), name, faults) for name in SECTIONS}
    if not faults:
        catalogue = Catalogue(**entries)
        faults = [*_code_faults(catalogue), *_text_faults(catalogue, today)]
    if faults:
        raise BadCatalogue(faults)
    return catalogue


def _section(items: object, name: str, faults: list[Fault]) -> tuple[Any, ...]:
    if not isinstance(items, list):
        faults.append(Fault(f"/{name}", "invalid"))
        return ()
    found = []
    for number, item in enumerate(items):
        try:
            found.append(msgspec.convert(item, SECTIONS[name]))
        except msgspec.ValidationError as error:
            faults.append(_fault(f"/{name}/{number}", str(error)))
    return tuple(found)


def _fault(pointer: str, message: str) -> Fault:
    """Turn a message of msgspec into a pointer and a code. Only names of our own fields are taken from it."""
    if message.startswith("Object contains unknown field"):
        return Fault(pointer, "unknown-field")
    if missing := re.match(r"Object missing required field `(\w+)`", message):
        return Fault(f"{pointer}/{missing[1]}", "required")
    place = re.search(r" - at `\$\.(\w+)`\Z", message)
    return Fault(f"{pointer}/{place[1]}" if place else pointer, "invalid")


def _code_faults(catalogue: Catalogue) -> Iterator[Fault]:
    sections: dict[str, tuple[NamedEntry, ...]] = {"products": catalogue.products, "manufacturers": catalogue.manufacturers}
    for name, entries in sections.items():
        seen = {VENDOR}
        for number, entry in enumerate(entries):
            if entry.code in seen:
                yield Fault(f"/{name}/{number}/code", "reserved" if entry.code == VENDOR else "twice")
            seen.add(entry.code)


def _text_faults(catalogue: Catalogue, today: date) -> Iterator[Fault]:
    sections: dict[str, tuple[TextEntry, ...]] = {"notices": catalogue.notices, "wordings": catalogue.wordings}
    for name, entries in sections.items():
        digests_seen, published = set(), set()
        for number, entry in enumerate(entries):
            scope = tuple(entry.scope.values())
            if entry.digest in digests_seen:
                yield Fault(f"/{name}/{number}/text", "twice")
            elif entry.status == "published" and scope in published:
                yield Fault(f"/{name}/{number}/status", "two-published")
            if not _dates_fit(entry, today):
                yield Fault(f"/{name}/{number}", "dates")
            digests_seen.add(entry.digest)
            published |= {scope} if entry.status == "published" else set()


def _dates_fit(entry: TextEntry, today: date) -> bool:
    """A date needs the status that it belongs to; a retired text has both dates or none."""
    published, retired = entry.published_on, entry.retired_on
    if entry.status == "retired":
        return (published is None) == (retired is None) and (not published or not retired or published <= retired <= today)
    return retired is None and (published is None or (entry.status == "published" and published <= today))
