"""Handing one service mail over to the mail server, under locks that a withdrawal waits for."""

import os
import smtplib
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

import structlog
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from catalogue import shelf
from catalogue.languages import negotiate
from intake.letters import Contact
from keystore import mailing, vault
from keystore.grants import SERVICE
from privacy import receipts
from privacy.receipts import Receipt
from privacy.sealing import SealBroken
from registration import post
from registration.models import Confirmation, Errand, Registration

TOKEN_BYTES = 32
State, Kind = Confirmation.State, Confirmation.Kind
log = structlog.get_logger("regsvc.mail")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks, and where the links lead."""

    speaker: Mapping[str, object]
    public_url: str

    def link(self, page: str, token: bytes) -> str:
        """A complete link with a secret in its path."""
        return f"{self.public_url}/{page}/{written(token)}"


class Bag(NamedTuple):
    """What a claim needs, opened with one question to the keystore."""

    contacts: dict[uuid.UUID, Contact]
    errands: dict[uuid.UUID, Errand]


def written(token: bytes) -> str:
    """A token as links write it."""
    return urlsafe_b64encode(token).rstrip(b"=").decode()


def open_all(rows: Sequence[Confirmation]) -> Bag:
    """Open contacts and errands. Rows without a grant, or with a broken seal, are absent, and nothing is sent for them."""
    try:
        return _opened(rows)
    except SealBroken as error:
        log.warning("mail set aside", exception=type(error).__name__)
    bag = Bag({}, {})
    for row in rows:
        with suppress(SealBroken):
            one = _opened([row])
            bag.contacts.update(one.contacts)
            bag.errands.update(one.errands)
    return bag


def _opened(rows: Sequence[Confirmation]) -> Bag:
    with vault.opening(purpose=SERVICE, actor="mailer", reason="", at=datetime.now(UTC)) as opened:
        errands = opened.open_many(rows, "errand")
        contacts = opened.open_many([row.registration for row in rows], "contact")
    return Bag({registration: contact or Contact() for registration, contact in contacts.items()}, errands)


def send(rows: Sequence[Confirmation], *, bag: Bag, sender: Sender, connection: BaseEmailBackend, day: date) -> str:
    """Send one mail; its rows' new state: sent, skipped (nothing may be sent), waiting (it was not taken), or undecided."""
    if any(row.id not in bag.errands or row.registration_id not in bag.contacts for row in rows):
        return State.SKIPPED
    armed = _armed(rows[0], day) if rows[0].kind == Kind.CONFIRM else {}
    with transaction.atomic(using="keystore"):
        message, to = _message(rows, bag, sender, armed)
        if message is None or to is None:
            return State.SKIPPED
        try:
            mail = post.render(message, to=to, speaker=sender.speaker)
        except post.UnusableAddress:
            return State.SKIPPED
        mail.connection = connection
        return _hand_over(mail)


def _armed(row: Confirmation, day: date) -> dict[str, bytes]:
    """A new token for each choice that waits, whose hash is stored before the mail is made."""
    tokens = {purpose: os.urandom(TOKEN_BYTES) for purpose in mailing.waiting(row.registration_id, day=day)}
    hashes = {purpose: receipts.token_hash(token) for purpose, token in tokens.items()}
    stored = mailing.arm(row.registration_id, hashes)
    return {purpose: token for purpose, token in tokens.items() if purpose in stored}


def _hand_over(mail: EmailMessage) -> str:
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        permanent = all(code >= 500 for code, _ in error.recipients.values())  # noqa: PLR2004 (RFC 5321: 5yz is permanent)
        return State.SKIPPED if permanent else State.WAITING
    except smtplib.SMTPDataError as error:
        return State.SKIPPED if error.smtp_code >= 500 else State.WAITING  # noqa: PLR2004
    except smtplib.SMTPSenderRefused:
        return State.WAITING
    except (smtplib.SMTPException, OSError) as error:
        log.warning("mail undecided", exception=type(error).__name__)
        return State.UNDECIDED
    return State.SENT


def _message(
    rows: Sequence[Confirmation], bag: Bag, sender: Sender, armed: dict[str, bytes]
) -> tuple[post.Message | None, str | None]:
    """What to say and to whom; None where nothing may be said at this moment. Tokens and grants are locked until it is sent."""
    row = rows[0]
    contact, errand, registration = bag.contacts[row.registration_id], bag.errands[row.id], row.registration
    language, product = negotiate(contact.language, None, ("en", "de")), registration.product.name
    match row.kind:
        case Kind.CONFIRM:
            held = mailing.hold_tokens({receipts.token_hash(token): purpose for purpose, token in armed.items()})
            links = {purpose: sender.link("confirm", token) for purpose, token in armed.items() if purpose in held}
            if not links:
                return None, None
            texts = _texts(registration, language, links)
            return post.Confirm(language, product, texts, min(held.values()), f"{sender.public_url}/my"), contact.email
        case Kind.WELCOME:
            secrets = mailing.hold_grants(registration.id, errand.purposes)
            links = {purpose: sender.link("unsubscribe", secret) for purpose, secret in secrets.items()}
            return (post.Welcome(language, product, _texts(registration, language, links)) if links else None), contact.email
        case Kind.CHANGED:
            known = mailing.hold_service([registration.id])
            return (post.EmailChanged(language, product) if known else None), errand.address
        case _:
            if not mailing.hold_service([each.registration_id for each in rows]):
                return None, None
            items = tuple(_item(each, bag.errands[each.id], sender) for each in rows)
            return post.Receipts(language, items), contact.email


def _texts(registration: Registration, language: str, links: dict[str, str]) -> tuple[post.ChoiceText, ...]:
    """Each choice's sender and wording, with its link, in the order in which they are asked for."""
    shown = shelf.current().choices(registration.product_id, registration.manufacturer_id, language)
    texts = {f"{choice.topic}/{choice.sender}": (choice.sender_name, choice.text) for choice in shown}
    return tuple(
        post.ChoiceText(*texts.get(purpose, (purpose.partition("/")[2], purpose)), links[purpose])
        for purpose in sorted(links, key=lambda each: list(texts).index(each) if each in texts else len(texts))
    )


def _item(row: Confirmation, errand: Errand, sender: Sender) -> post.ReceiptItem:
    receipt = Receipt(errand.receipt or b"")
    link = f"{sender.public_url}/my#{receipt.text}"
    return post.ReceiptItem(row.registration.product.name, receipts.number_of(row.registration_id), link)
