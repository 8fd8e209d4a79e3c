"""What a letter can say. A letter is sealed to the registrar before it is stored, and blanked when it has been filed."""

from datetime import date
from typing import Annotated

import msgspec

from privacy.datamap import Personal

STAFF = ("support", "privacy officer")
REACHED = (*STAFF, "marketing", "manufacturer")
REACH = Personal(
    "to send the e-mails you chose",
    "consent",
    "while a choice is active, until we have not heard from you for %(inactive)s months",
    REACHED,
)
ADDRESS = Personal("to address you by name", "consent", "as long as your e-mail address", REACHED)
HELP = Personal("to help you with this product", "consent", "%(without_opt_in)s months without an active choice", STAFF)
LOCALISE = Personal(
    "to write in your language and follow the law of your country", "consent", "as long as your e-mail address", REACHED
)
FILING = Personal(
    "to file what you send",
    "consent",
    "until it is filed, usually within a minute; what cannot be filed, until we have looked into it",
)
PROVE = Personal("to prove what you chose, and when", "legal-obligation", "as long as your registration", STAFF)


class Dotted(msgspec.Struct):
    """A struct whose `repr` shows no value, so that none reaches a log or a traceback."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    __str__ = __repr__


class Contact(Dotted, forbid_unknown_fields=True, omit_defaults=True):
    """How to reach a person. Sealed as one value."""

    email: Annotated[str | None, REACH] = None
    name: Annotated[str | None, ADDRESS] = None
    company: Annotated[str | None, ADDRESS] = None
    phone: Annotated[str | None, HELP] = None
    address: Annotated[str | None, HELP] = None
    country: Annotated[str | None, LOCALISE] = None
    language: Annotated[str | None, LOCALISE] = None


class Details(Dotted, forbid_unknown_fields=True, omit_defaults=True):
    """How the product came to the person. Sealed as one value."""

    purchased_on: Annotated[date | None, HELP] = None
    purchased_from: Annotated[str | None, HELP] = None
    serial: Annotated[str | None, HELP] = None


class Choice(Dotted, forbid_unknown_fields=True):
    """What a person decided about one topic of one sender, and the wording that stood there."""

    topic: str
    sender: str
    granted: bool
    wording: str | None = None

    @property
    def purpose(self) -> str:
        """The purpose that the choice is about."""
        return f"{self.topic}/{self.sender}"


class Register(Dotted, tag="register"):
    """A new registration."""

    receipt: bytes
    product: str
    manufacturer: str | None
    contact: Contact
    details: Details
    choices: tuple[Choice, ...]
    notice: str | None
    channel: str


class Amend(Dotted, tag="amend"):
    """Changes to a registration, by its person. A member that is None takes the value away; an absent one stays."""

    receipt: bytes
    contact: dict[str, str | None]
    details: dict[str, str | None]
    choices: tuple[Choice, ...]
    channel: str
    stop_all_mail: bool = False

    def lowered(self) -> list[str]:
        """The purposes that it lowers; `*` stands for every one."""
        lowered = [choice.purpose for choice in self.choices if not choice.granted]
        return [*lowered, "*"] if self.stop_all_mail else lowered


class Erase(Dotted, tag="erase"):
    """The person wants everything gone."""

    receipt: bytes


class Confirm(Dotted, tag="confirm"):
    """A mailbox confirmed what it was asked: its token came back.

    Args:
        token: From the link.
        choices: What was confirmed, as registration number and purpose; an empty number means every registration of the mail.
            None of them: all that the mail asked.
    """

    token: bytes
    choices: tuple[tuple[str, str], ...] = ()


class Unsubscribe(Dotted, tag="unsubscribe"):
    """A mailbox ended what a link is about: its token came back. The keystore has acted already; this writes the record."""

    token: bytes


class Lost(Dotted, tag="lost"):
    """Somebody asks for new receipts to a mailbox."""

    address: str


Any = Register | Amend | Erase | Confirm | Unsubscribe | Lost
PUBLIC = "public"
ORIGINS: dict[type[Any], frozenset[str]] = {
    kind: frozenset({PUBLIC}) for kind in (Register, Amend, Erase, Confirm, Unsubscribe, Lost)
}

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Any).decode
