"""The bodies of the public API, as OpenAPI describes them and as they are decoded."""

from datetime import date, timedelta
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta

from intake import letters, normal
from intake.parsing import Form
from privacy import receipts

DAY = timedelta(days=1)
MOST_CHOICES = 20
LINES = {
    **{name: partial(normal.name, longest=normal.LONGEST[name]) for name in ("name", "company", "purchased_from")},
    "serial": partial(normal.line, longest=normal.LONGEST["serial"]),
}
ADDRESS = partial(normal.lines, longest=normal.LONGEST["address"], most=normal.MOST_LINES)


class ContactBody(letters.Dotted, forbid_unknown_fields=True):
    """How to reach the person; every member is optional."""

    email: Annotated[str | None, Meta(examples=["ada@example.org"])] = None
    name: str | None = None
    company: str | None = None
    phone: Annotated[str | None, Meta(description="International, or national in `country`.")] = None
    address: Annotated[str | None, Meta(description=f"Up to {normal.MOST_LINES} lines.")] = None


class DetailsBody(letters.Dotted, forbid_unknown_fields=True):
    """How the product came to the person; every member is optional."""

    purchased_on: Annotated[str | None, Meta(examples=["2026-11-20"])] = None
    purchased_from: str | None = None
    serial: str | None = None


class ChoiceBody(letters.Dotted, forbid_unknown_fields=True):
    """One decision, with the digest of the wording that stood beside it."""

    topic: Annotated[str, Meta(pattern="^(updates|offers)$")]
    sender: Annotated[str, Meta(pattern="^[a-z0-9-]{2,40}$")]
    granted: bool
    wording: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None


class RegistrationBody(letters.Dotted, forbid_unknown_fields=True):
    """A registration. Every member but `product` is optional."""

    product: Annotated[str, Meta(pattern="^[a-z0-9-]{2,40}$", examples=["srv-std"])]
    manufacturer: Annotated[str, Meta(pattern="^[a-z0-9-]{2,40}$")] | None = None
    country: str | None = None
    language: str | None = None
    receipt: Annotated[str | None, Meta(description="32 random bytes as base64url, made by the client.")] = None
    notice: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None
    contact: ContactBody | None = None
    details: DetailsBody | None = None
    choices: Annotated[list[ChoiceBody], Meta(max_length=MOST_CHOICES)] = []


class ChangeBody(letters.Dotted, forbid_unknown_fields=True):
    """A JSON merge patch (RFC 7396) of one's own registration: null takes a value away, `choices` change entry by entry."""

    country: str | msgspec.UnsetType | None = msgspec.UNSET
    language: str | msgspec.UnsetType | None = msgspec.UNSET
    contact: dict[str, str | None] | msgspec.UnsetType | None = msgspec.UNSET
    details: dict[str, str | None] | msgspec.UnsetType | None = msgspec.UNSET
    choices: Annotated[list[ChoiceBody], Meta(max_length=MOST_CHOICES)] = []
    stop_all_mail: Annotated[
        bool, Meta(description="Ends every choice; of a confirmed registration, for every registration of its address.")
    ] = False


def contact(body: RegistrationBody, form: Form) -> letters.Contact:
    """The contact compartment, in its one spelling."""
    given = body.contact or ContactBody()
    country = form.take("/country", body.country, normal.country)
    return letters.Contact(
        email=form.take("/contact/email", given.email, normal.email),
        name=form.take("/contact/name", given.name, LINES["name"]),
        company=form.take("/contact/company", given.company, LINES["company"]),
        phone=form.take("/contact/phone", given.phone, partial(normal.phone, country=country)),
        address=form.take("/contact/address", given.address, ADDRESS),
        country=country,
        language=form.take("/language", body.language, normal.language),
    )


def details(given: DetailsBody | None, form: Form, *, today: date) -> letters.Details:
    """The details compartment, in its one spelling. It may be tomorrow already where the person is."""
    given = given or DetailsBody()
    return letters.Details(
        purchased_on=form.take("/details/purchased_on", given.purchased_on, partial(normal.day, latest=today + DAY)),
        purchased_from=form.take("/details/purchased_from", given.purchased_from, LINES["purchased_from"]),
        serial=form.take("/details/serial", given.serial, LINES["serial"]),
    )


def choices(given: list[ChoiceBody], form: Form) -> tuple[letters.Choice, ...]:
    """The decisions; two about one purpose are a fault."""
    found = tuple(letters.Choice(each.topic, each.sender, each.granted, each.wording) for each in given)
    seen: set[str] = set()
    for place, choice in enumerate(found):
        if choice.purpose in seen:
            form.fault(f"/choices/{place}", "repeated")
        if choice.granted and choice.wording is None:
            form.fault(f"/choices/{place}/wording", "required")
        seen.add(choice.purpose)
    return found


def receipt(given: str | None, form: Form) -> receipts.Receipt | None:
    """The client's own receipt, if it sent one."""
    if given is None:
        return None
    try:
        return receipts.parse(given)
    except receipts.ReceiptMalformed:
        form.fault("/receipt", "invalid")
        return None
