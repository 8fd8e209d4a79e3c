"""What a service mail says: made while what permits it is locked, so that it names nothing that was withdrawn."""

import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from catalogue import snapshot
from catalogue.languages import negotiate
from intake.letters import Contact
from keystore import mailing
from privacy import receipts
from privacy.receipts import Receipt
from registration import post
from registration.models import Confirmation, Errand, Registration

Kind = Confirmation.Kind
LANGUAGES = ("en", "de")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks, and where the links lead."""

    speaker: Mapping[str, object]
    public_url: str

    @property
    def address(self) -> str:
        """The address that mails come from."""
        return post.sender_address(self.speaker)

    def link(self, page: str, token: bytes) -> str:
        """A complete link with a secret in its path."""
        return f"{self.public_url}/{page}/{written(token)}"


def written(token: bytes) -> str:
    """A token as links write it."""
    return urlsafe_b64encode(token).rstrip(b"=").decode()


@dataclass(frozen=True)
class Mail:
    """One mail to one mailbox: its rows, the newest first, and what each of them asks for.

    Args:
        rows: At least one, all of one kind.
        errands: One for each row.
        contact: Of the newest row: how to address the person.
        unnamed: The rows that a mail to one mailbox has no room for. Its link reaches them by their number.
    """

    rows: tuple[Confirmation, ...]
    errands: tuple[Errand, ...]
    contact: Contact
    unnamed: tuple[Confirmation, ...] = ()

    @property
    def kind(self) -> str:
        """Which mail."""
        return self.rows[0].kind

    @property
    def together(self) -> uuid.UUID | None:
        """The id that its rows share; None for a mail of one row."""
        return self.rows[0].together

    @property
    def errand(self) -> Errand:
        """The newest row's: all rows go to the same mailbox."""
        return self.errands[0]

    @property
    def domain(self) -> str:
        """The recipient's domain."""
        return (self.errand.address or "").rpartition("@")[2]

    @cached_property
    def registrations(self) -> list[uuid.UUID]:
        """The registrations that it is about."""
        return [row.registration_id for row in self.rows]

    @property
    def language(self) -> str:
        """The language that it is written in."""
        return negotiate(self.contact.language, None, LANGUAGES)


def message(mail: Mail, *, token: bytes, sender: Sender) -> post.Message | None:
    """What to say; None where nothing may be said at this moment. What permits it is locked until the transaction ends."""
    match mail.kind:
        case Kind.CONFIRM:
            return _confirm(mail, token, sender)
        case Kind.WELCOME:
            return _welcome(mail, sender)
        case Kind.CHANGED:
            standing = mailing.hold_service(mail.registrations)
            return post.EmailChanged(mail.language, mail.rows[0].registration.product.name) if standing else None
        case _:
            return _receipts(mail, sender)


def _confirm(mail: Mail, token: bytes, sender: Sender) -> post.Confirm | None:
    asked = mailing.hold_link(receipts.token_hash(token), mac=mail.errand.mac)
    if not asked:
        return None
    purposes: dict[uuid.UUID, dict[str, str]] = {}
    for each in asked:
        purposes.setdefault(each.registration, {})[each.purpose] = ""
    items = _items(mail, purposes)
    expires = min(each.expires for each in asked)
    link = sender.link("confirm", token)
    return post.Confirm(mail.language, items, link, len(mail.unnamed), expires, f"{sender.public_url}/my")


def _welcome(mail: Mail, sender: Sender) -> post.Welcome | None:
    secrets = mailing.hold_choices(mail.registrations, mac=mail.errand.mac)
    chosen = {row.registration_id: errand.purposes for row, errand in zip(mail.rows, mail.errands, strict=True)}
    links = {
        registration: {
            purpose: sender.link("unsubscribe", secret) for purpose, secret in found.items() if purpose in chosen[registration]
        }
        for registration, found in secrets.items()
    }
    items = _items(mail, links)
    return post.Welcome(mail.language, items) if items else None


def _receipts(mail: Mail, sender: Sender) -> post.Receipts | None:
    standing = mailing.hold_index(mailing.hold_service(mail.registrations), mac=mail.errand.mac)
    items = tuple(
        _receipt(row.registration, errand, sender)
        for row, errand in zip(mail.rows, mail.errands, strict=True)
        if row.registration_id in standing
    )
    return post.Receipts(mail.language, items) if items else None


def _receipt(registration: Registration, errand: Errand, sender: Sender) -> post.ReceiptItem:
    receipt = Receipt(errand.receipt or b"")
    link = f"{sender.public_url}/my#{receipt.text}"
    return post.ReceiptItem(registration.product.name, receipts.number_of(registration.id), link)


def _items(mail: Mail, links: Mapping[uuid.UUID, Mapping[str, str]]) -> tuple[post.Item, ...]:
    """Each registration with its choices, the newest first."""
    return tuple(
        post.Item(
            row.registration.product.name, receipts.number_of(row.registration_id), texts(row, errand, mail.language, found)
        )
        for row, errand in zip(mail.rows, mail.errands, strict=True)
        if (found := links.get(row.registration_id))
    )


def texts(row: Confirmation, errand: Errand, language: str, links: Mapping[str, str]) -> tuple[post.ChoiceText, ...]:
    """Each choice's sender and the words that were agreed to, with its link, in the order in which they are asked for."""
    standing, registration = snapshot.current(), row.registration
    offered = standing.choices(registration.product_id, registration.manufacturer_id, language)
    known = {f"{choice.topic}/{choice.sender}": (choice.sender_name, choice.text) for choice in offered}
    order = list(known)
    for purpose, digest in errand.wordings:
        if agreed := standing.wording(digest):
            known[purpose] = (known.get(purpose, (purpose.partition("/")[2], ""))[0], agreed.text)
    return tuple(
        post.ChoiceText(*known.get(purpose, (purpose.partition("/")[2], purpose)), links[purpose])
        for purpose in sorted(links, key=lambda each: order.index(each) if each in known else len(order))
    )
