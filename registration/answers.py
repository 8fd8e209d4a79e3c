"""What the API of one's own registration answers, as structs. The API's description is made from them."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from intake.answers import ADDRESS, DIGEST, NUMBER
from intake.field_types import (
    COUNTRY,
    LANGUAGE,
    MANUFACTURER,
    PRODUCT,
    SENDER,
    TOPIC,
    Code,
    Digest,
    Topic,
    wording_of,
)
from intake.shapes import ContactBody, DetailsBody
from registration import self_service, support
from web.schemas import about

MONTH = "^[0-9]{4}-(0[1-9]|1[0-2])$"


class Posted(msgspec.Struct):
    """The change is stored, and will be filed soon."""

    digest: Annotated[Digest, DIGEST]
    submission: Annotated[str, ADDRESS]


class OwnChoice(msgspec.Struct):
    """A choice that the person once decided about."""

    topic: Annotated[Topic, TOPIC]
    sender: Annotated[Code, SENDER]
    state: Annotated[
        Literal["active", "unconfirmed", "withdrawn", "expired", "none"],
        about("What holds now. Mail is sent only while it is `active`."),
    ]
    text: Annotated[str | None, about("The wording that the person read.", "Yes, send me news about updates by e-mail.")]
    wording: Annotated[Digest | None, wording_of("The digest of `text`.")]
    decided_on: Annotated[date | None, about("The day of the last decision.", "2026-11-24")]
    confirmed_on: Annotated[date | None, about("The day on which the mailbox confirmed it.", "2026-11-24")]


class Held(msgspec.Struct):
    """One value that is kept."""

    pointer: Annotated[str, about("Where the value is (JSON pointer, RFC 6901).", "/contact/email", format="json-pointer")]
    purposes: Annotated[
        list[str], about("What may open it: `support`, or `<topic>/<sender>` of an active choice.", ["support", "updates/vendor"])
    ]
    legal_basis: Annotated[str, about("Why it may be kept.", "consent", "legal-obligation")]
    kept_until: Annotated[str, about("The month in which it is deleted.", "2029-11", pattern=MONTH)]


class Look(msgspec.Struct):
    """One time that staff looked at the registration."""

    day: Annotated[date, about("The day.", "2026-11-25")]
    role: Annotated[str, about("The role of whoever looked.", "support")]
    reason: Annotated[str, about("Why they looked.", *support.REASONS)]


class Export(msgspec.Struct):
    """One time that the address was given to somebody."""

    day: Annotated[date, about("The day.", "2026-11-26")]
    recipient: Annotated[str, about("Who got it.", "Mail House")]
    topic: Annotated[Topic, TOPIC]
    sender: Annotated[Code, SENDER]


class OwnRegistration(msgspec.Struct):
    """All that is kept about one registration."""

    number: Annotated[str, NUMBER]
    product: Annotated[Code, PRODUCT]
    manufacturer: Annotated[Code | None, MANUFACTURER]
    month: Annotated[str, about("The month of registration. No day is kept.", "2026-11", pattern=MONTH)]
    country: Annotated[str | None, COUNTRY]
    language: Annotated[str | None, LANGUAGE]
    pending_changes: Annotated[int, about("How many changes wait to be filed.", 0, minimum=0, maximum=self_service.MOST_CHANGES)]
    contact: Annotated[ContactBody, about("How to reach the person. Fields that are not kept are absent.")]
    details: Annotated[DetailsBody, about("How the person got the product. Fields that are not kept are absent.")]
    choices: Annotated[list[OwnChoice], about("Every choice that was ever decided.")]
    held: Annotated[list[Held], about("Every value that is kept, why, and for how long.")]
    looks: Annotated[list[Look], about("Who among the staff looked, when, and why.")]
    exports: Annotated[list[Export], about("To whom the address was given.")]
