"""The one spelling of what people write: decided here, once, when a letter arrives. Errors carry a code, never the value."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from catalogue import countries

LONGEST_EMAIL = 254
LONGEST: Mapping[str, int] = {
    "email": LONGEST_EMAIL,
    "name": 200,
    "company": 200,
    "address": 500,
    "purchased_from": 200,
    "serial": 100,
}  # characters a field
MOST_LINES = 10
PLAIN = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([A-Za-z0-9]+(-[A-Za-z0-9]+)*\.)+[A-Za-z]{2,}")
SHORT = 64  # so that no part of it can be too long
SPECIAL = re.compile(rf"[@.](?:{'|'.join(map(re.escape, SPECIAL_USE_DOMAIN_NAMES))})\Z", re.IGNORECASE)
SHAPE = re.compile(r"[0-9A-TV-Za-tv-z]{25}")
GROUP = "[0-9A-TV-Za-tv-z]{5}"
GROUPED = re.compile(rf"(?<![0-9A-Za-z]){GROUP}([\W_]){GROUP}(?:\1{GROUP}){{3}}(?![0-9A-Za-z])")
UNSEEN = re.compile("[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
FIRST_YEAR = 1970
KEY_SYMBOLS = 25


class NotNormal(ValueError):
    """The value cannot be what it should be. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def line(text: str, *, longest: int) -> str | None:
    """One line of text: NFC, without outer spaces; empty is nothing.

    Control characters, line breaks and direction marks are refused, so that no header and no page can be forged with it.
    """
    clean = unicodedata.normalize("NFC", text).strip()
    if len(clean) > longest:
        raise NotNormal("too-long")
    if UNSEEN.search(clean):
        raise NotNormal("invalid")
    return clean or None


def lines(text: str, *, longest: int, most: int) -> str | None:
    """Several lines of text, each as `line` makes it; empty lines at the ends are dropped."""
    parts = [line(part, longest=longest) or "" for part in text.replace("\r\n", "\n").split("\n")]
    clean = "\n".join(parts).strip("\n")
    if len(clean) > longest or clean.count("\n") >= most:
        raise NotNormal("too-long")
    return clean or None


def email(text: str) -> str | None:
    """An address as it is written to: NFC, the domain in lower case and Unicode. Whether it exists is not asked.

    Source: RFC 5321, RFC 6531; email-validator's syntax rules.
    """
    clean = text.strip()
    if not clean:
        return None
    if len(clean) > LONGEST_EMAIL:
        raise NotNormal("too-long")
    if _plain(clean):
        local, _, domain = clean.rpartition("@")
        return f"{local}@{domain.lower()}"
    try:
        return validate_email(clean, check_deliverability=False, test_environment=True, strict=True).normalized
    except EmailNotValidError:
        raise NotNormal("invalid") from None


def _plain(address: str) -> bool:
    """Whether nothing has to be parsed, as in nearly all addresses: email-validator would give it back as it is."""
    return len(address) <= SHORT and bool(PLAIN.fullmatch(address)) and not SPECIAL.search(address)


def mailbox(address: str) -> str:
    """The form under which a mailbox is found again: the local part in lower case, the domain in ASCII (IDNA 2008).

    Dots and plus tags are kept: what they mean is the mail server's own business. It is not case folding, which would make one
    mailbox of `straße` and `strasse`: two people may have them, and one would be mailed the other's receipts.
    """
    if _plain(address):
        return address.lower()
    checked = validate_email(address, check_deliverability=False, test_environment=True)
    return f"{unicodedata.normalize('NFC', checked.local_part).lower()}@{checked.ascii_domain.lower()}"


def phone(text: str, country: str | None) -> str | None:
    """A telephone number in E.164. A number without a country code is read in *country*."""
    clean = text.strip()
    if not clean:
        return None
    try:
        number = phonenumbers.parse(clean, country)
    except phonenumbers.NumberParseException:
        raise NotNormal("invalid") from None
    if not phonenumbers.is_possible_number(number):
        raise NotNormal("invalid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country(text: str) -> str | None:
    """An ISO 3166-1 alpha-2 code in capitals."""
    code = text.strip().upper()
    if code and not countries.known(code):
        raise NotNormal("invalid")
    return code or None


def language(text: str) -> str | None:
    """A language tag in its usual capitals (BCP 47: `de`, `pt-BR`, `zh-Hant`)."""
    clean = text.strip().replace("_", "-")
    if not clean:
        return None
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", clean):
        raise NotNormal("invalid")
    first, *rest = clean.split("-")
    return "-".join([first.lower(), *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    return {2: part.upper(), 4: part.title()}.get(len(part), part.lower())


def day(text: str) -> date | None:
    """A calendar day, from 1970 on (RFC 3339 full-date)."""
    clean = text.strip()
    if not clean:
        return None
    try:
        found = date.fromisoformat(clean)
    except ValueError:
        raise NotNormal("invalid") from None
    if found.year < FIRST_YEAR or found.isoformat() != clean:  # Python reads other spellings too, such as 2026-W48-2
        raise NotNormal("invalid")
    return found


def looks_like_product_key(text: str) -> bool:
    """Whether a value looks like a product key (25 Crockford symbols, however grouped) or has one in it, in its groups (I8)."""
    if len(text) < KEY_SYMBOLS:
        return False
    plain = text.replace("-", "").replace(" ", "")
    found = [plain] if SHAPE.fullmatch(plain) else [each.group() for each in GROUPED.finditer(text)]
    return any(symbol.isdigit() for key in found for symbol in key)
