"""Turns a message into a mail that is ready to send."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import fields
from email.utils import formataddr

from django.core.mail import EmailMultiAlternatives
from django.template.loader import get_template
from django.utils import translation
from django.utils.encoding import punycode
from django.utils.text import wrap

from registration.post.messages import ChoiceText, Item, Message, ReceiptItem

SPEAKER = ("sender_name", "sender_address", "postal_address", "privacy_contact", "public_url")
FALLBACK = "en"
WIDTH = 72
LONG_LINE = re.compile(rf".{{{WIDTH + 1},}}")
# A line break in a name would forge a header or a paragraph; a direction mark would turn the text around it.
BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
ONE_MAILBOX = re.compile(r"[^\s\x00-\x1f\x7f<>\",;:@]+@[^\s\x00-\x1f\x7f<>\",;:@]+")


class UnusableAddress(Exception):
    """The recipient or the sender is not exactly one mailbox. The address is not repeated here."""


def render(message: Message, *, to: str, speaker: Mapping[str, object]) -> EmailMultiAlternatives:
    """The mail in the person's language, as text and as HTML. An unknown language becomes English.

    Args:
        message: What to say.
        to: The mailbox, already validated.
        speaker: Who speaks: the five names in `SPEAKER`.

    Raises:
        UnusableAddress: `to` or the sender's address could reach more than one mailbox, or none.
        KeyError: The speaker lacks one of its names.
    """
    if not ONE_MAILBOX.fullmatch(to):
        raise UnusableAddress
    voice = speaking(speaker)
    domain = voice["sender_address"].rpartition("@")[2]
    language = supported(message.language)
    with translation.override(language):
        subject = line(message.subject())
        context = shown(message) | voice | {"language": language, "subject": subject}
        text = get_template(f"registration/post/{message.template}.txt").render(context)
        html = get_template(f"registration/post/{message.template}.html").render(context)
    mail = EmailMultiAlternatives(
        subject=subject,
        body=tidy(text),
        from_email=formataddr((voice["sender_name"], voice["sender_address"])),
        to=[to],
        headers={"Message-ID": message_id(domain), "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(html, "text/html")
    return mail


def speaking(speaker: Mapping[str, object]) -> dict[str, str]:
    """What the mails say of the speaker. A contact that is a mailbox gets a link too."""
    voice = {name: line(str(speaker[name])) for name in SPEAKER}
    if not ONE_MAILBOX.fullmatch(voice["sender_address"]):
        raise UnusableAddress
    mailbox, _, domain = voice["sender_address"].rpartition("@")
    voice["sender_address"] = f"{mailbox}@{punycode(domain)}"
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
