"""The bodies of the public API, as OpenAPI describes them and as they are decoded."""

from datetime import date, timedelta
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta

from intake import letters, normal
from intake.field_types import (
    COUNTRY,
    LANGUAGE,
    MANUFACTURER,
    NOTICE,
    PRODUCT,
    RECEIPT,
    SENDER,
    TOPIC,
    Code,
    Digest,
    Topic,
    limited,
    wording_of,
)
from intake.parsing import Form
from privacy import receipts
from web.schemas import about

DAY = timedelta(days=1)
MOST_CHOICES = 20
LINES = {
    **{name: partial(normal.name, longest=normal.LONGEST[name]) for name in ("name", "company", "purchased_from")},
    "serial": partial(normal.line, longest=normal.LONGEST["serial"]),
}
ADDRESS = partial(normal.lines, longest=normal.LONGEST["address"], most=normal.MOST_LINES)


class ContactBody(letters.Dotted, forbid_unknown_fields=True):
    """How to reach the person. Every field is optional."""

    email: Annotated[
        str | None,
        limited(
            "email",
            "The e-mail address. Needed only if a choice is granted. The domain may be international; it is kept in ASCII.",
            "ada@example.org",
            format="email",
        ),
    ] = None
    name: Annotated[str | None, limited("name", "The person's name.", "Ada Example")] = None
    company: Annotated[str | None, limited("company", "The company's name.", "Example GmbH")] = None
    phone: Annotated[
        str | None,
        about(
            "The telephone number, international or national in `country`. It is kept in E.164.", "+49301234567", maxLength=250
        ),
    ] = None
    address: Annotated[
        str | None, limited("address", f"The postal address, on up to {normal.MOST_LINES} lines.", "Weg 1\n10115 Berlin")
    ] = None


class DetailsBody(letters.Dotted, forbid_unknown_fields=True):
    """How the person got the product. Every field is optional."""

    purchased_on: Annotated[
        str | None, about(f"The day of purchase, from {normal.FIRST_YEAR} to today.", "2026-11-20", format="date")
    ] = None
    purchased_from: Annotated[str | None, limited("purchased_from", "The shop or dealer.", "Example Shop")] = None
    serial: Annotated[
        str | None, limited("serial", "The serial number of the device. Do not send the product key here.", "SN-1042")
    ] = None


class ChoiceBody(letters.Dotted, forbid_unknown_fields=True):
    """One decision about mail, with the wording that the person read."""

    topic: Annotated[Topic, TOPIC]
    sender: Annotated[Code, SENDER]
    granted: Annotated[bool, about("Whether the person agreed.", True)]  # noqa: FBT003 (an example)
    wording: Annotated[
        Digest | None, wording_of("The digest of the wording, as the notice names it. Required if `granted` is true.")
    ] = None


CHOICES = about("The person's decisions about mail, at most one for each topic and sender.")


class RegistrationBody(letters.Dotted, forbid_unknown_fields=True):
    """A registration. Every field but `product` is optional."""

    product: Annotated[Code, PRODUCT]
    manufacturer: Annotated[Code | None, MANUFACTURER] = None
    country: Annotated[str | None, COUNTRY] = None
    language: Annotated[str | None, LANGUAGE] = None
    receipt: Annotated[str | None, RECEIPT] = None
    notice: Annotated[Digest | None, NOTICE] = None
    contact: Annotated[ContactBody | None, about("How to reach the person.")] = None
    details: Annotated[DetailsBody | None, about("How the person got the product.")] = None
    choices: Annotated[list[ChoiceBody], Meta(max_length=MOST_CHOICES), CHOICES] = []


class ChangeBody(letters.Dotted, forbid_unknown_fields=True):
    """A JSON merge patch (RFC 7396) of the person's own registration: null removes a value, an absent field stays as it is."""

    country: Annotated[str | msgspec.UnsetType | None, COUNTRY] = msgspec.UNSET
    language: Annotated[str | msgspec.UnsetType | None, LANGUAGE] = msgspec.UNSET
    contact: Annotated[
        dict[str, str | None] | msgspec.UnsetType | None,
        about(
            "Fields of `ContactBody`. Null removes all of them.",
            {"name": "Ada Beispiel", "phone": None},
            propertyNames={"enum": list(ContactBody.__struct_fields__)},
        ),
    ] = msgspec.UNSET
    details: Annotated[
        dict[str, str | None] | msgspec.UnsetType | None,
        about(
            "Fields of `DetailsBody`. Null removes all of them.",
            {"serial": "SN-1043"},
            propertyNames={"enum": list(DetailsBody.__struct_fields__)},
        ),
    ] = msgspec.UNSET
    choices: Annotated[
        list[ChoiceBody],
        Meta(max_length=MOST_CHOICES),
        about("Decisions that change. Unlike a merge patch, choices that are not in the list stay as they are."),
    ] = []
    stop_all_mail: Annotated[
        bool,
        about(
            "Ends every choice. If the mailbox is confirmed, it ends the choices of all registrations with this address.",
            False,  # noqa: FBT003 (an example)
        ),
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
