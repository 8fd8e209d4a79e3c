"""Turns a message into a mail that is ready to send."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from django.template.loader import get_template
from django.utils import translation
from django.utils.text import wrap

from intake import normal
from registration.post.messages import ChoiceText, Item, Message, ReceiptItem

SPEAKER = ("sender_name", "sender_address", "postal_address", "privacy_contact", "public_url")
FALLBACK = "en"
SEVEN_BITS = SMTP.clone(cte_type="7bit")  # so that every relay takes it, with 8BITMIME or without
WIDTH = 72
LONG_LINE = re.compile(rf".{{{WIDTH + 1},}}")
# A line break in a name would forge a header or a paragraph; a direction mark would turn the text around it.
BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
ONE_MAILBOX = re.compile(r"[^\s\x00-\x1f\x7f<>\",;:@]+@[^\s\x00-\x1f\x7f<>\",;:@]+")


class UnusableAddress(Exception):
    """The recipient or the sender is not exactly one mailbox. The address is not repeated here."""


def render(message: Message, *, to: str, speaker: Mapping[str, object]) -> EmailMessage:
    """The mail in the person's language, as text and as HTML, in seven bits. An unknown language becomes English.

    Args:
        message: What to say.
        to: The mailbox in its canonical form (`intake.normal.email`). It stands in `To` as it is.
        speaker: Who speaks: the five names in `SPEAKER`.

    Raises:
        UnusableAddress: `to` or the sender's address could reach more than one mailbox, or none.
        KeyError: The speaker lacks one of its names.
    """
    voice = speaking(speaker)
    language = supported(message.language)
    with translation.override(language):
        subject = line(message.subject())
        context = shown(message) | voice | {"language": language, "subject": subject}
        text = get_template(f"registration/post/{message.template}.txt").render(context)
        html = get_template(f"registration/post/{message.template}.html").render(context)
    mail = EmailMessage(policy=SEVEN_BITS)
    mail["From"] = Address(voice["sender_name"], addr_spec=voice["sender_address"])
    mail["To"] = one_mailbox(to)
    mail["Subject"] = subject
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = message_id(voice["sender_address"].rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(tidy(text))
    mail.add_alternative(html, subtype="html")
    mail["Content-Language"] = language  # set_content takes every Content- header away
    return mail


def one_mailbox(address: str) -> Address:
    """An address that is written exactly as it is."""
    if not address.isascii() or not ONE_MAILBOX.fullmatch(address):
        raise UnusableAddress
    return Address(addr_spec=address)


def sender_address(speaker: Mapping[str, object]) -> str:
    """The address that mails come from, in its canonical form."""
    address = normal.mailbox(str(speaker["sender_address"]))
    if address is None:
        raise UnusableAddress
    return address


def speaking(speaker: Mapping[str, object]) -> dict[str, str]:
    """What the mails say of the speaker. A contact that is a mailbox gets a link too."""
    voice = {name: line(str(speaker[name])) for name in SPEAKER}
    voice["sender_address"] = sender_address(speaker)
    voice["postal_address"] = line(", ".join(str(speaker["postal_address"]).strip().splitlines()))
    voice["contact_link"] = f"mailto:{voice['privacy_contact']}" if ONE_MAILBOX.fullmatch(voice["privacy_contact"]) else ""
    return voice


def supported(language: str) -> str:
    """The closest language that there are texts for."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return FALLBACK


def line(text: str) -> str:
    """The text on one line."""
    return BREAKS.sub(" ", text).strip()


def shown(message: Message | ChoiceText | Item | ReceiptItem) -> dict[str, object]:
    """What the templates may show of a message: its fields, with every text on one line."""
    return {field.name: one(getattr(message, field.name)) for field in fields(message)}


def one(value: object) -> object:
    """One field's value for the templates."""
    if isinstance(value, str):
        return line(value)
    if isinstance(value, tuple):
        return [one(item) for item in value]
    return shown(value) if isinstance(value, ChoiceText | Item | ReceiptItem) else value


def tidy(text: str) -> str:
    """The text part without the gaps that template tags leave, and wrapped; links stay whole."""
    close = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return LONG_LINE.sub(lambda found: wrap(found[0], WIDTH), close)


def message_id(domain: str) -> str:
    """A random id. The usual one tells the process id and the time to the microsecond."""
    return f"<{secrets.token_urlsafe(18)}@{domain}>"
