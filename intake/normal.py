"""The one spelling of what people write: decided here, once, when a letter arrives. Errors carry a code, never the value."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

import idna
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
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
ROUTING = frozenset("%!")  # a relay may take these for a route to somebody else: ada%example.org@example.com
# Controls, direction marks, lone surrogates, and what Unicode calls default-ignorable (DerivedCoreProperties.txt), but for the
# joiners and for the variation selectors that tell two forms of an ideograph apart, as in Japanese names.
UNSEEN = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
    "|(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
)
JOINER = re.compile("[\u200c\u200d]")
FORMULA = tuple("=+＝＋")  # how a spreadsheet knows one
FIRST_YEAR = 1970
KEY_SYMBOLS = 25


class NotNormal(ValueError):
    """The value cannot be what it should be. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def line(text: str, *, longest: int) -> str | None:
    """One line of text: NFC, without outer spaces; empty is nothing.

    Control characters, line breaks, direction marks and characters that nobody sees are refused, so that no header and no page
    can be forged with it, and no two texts look the same.
    """
    clean = unicodedata.normalize("NFC", text).strip()
    if len(clean) > longest:
        raise NotNormal("too-long")
    if _hides(clean):
        raise NotNormal("invalid")
    return clean or None


def _hides(text: str) -> bool:
    """Whether the text holds a character that cannot be seen. Joiners are seen where a script needs them (RFC 5892, A.1, A.2)."""
    try:
        return bool(UNSEEN.search(text)) or not all(idna.valid_contextj(text, each.start()) for each in JOINER.finditer(text))
    except ValueError:  # beside a character that Python's Unicode does not know
        return True


def name(text: str, *, longest: int) -> str | None:
    """A line that names somebody or something. It does not begin as a formula of a spreadsheet does."""
    clean = line(text, longest=longest)
    if clean and clean.startswith(FORMULA):
        raise NotNormal("invalid")
    return clean


def lines(text: str, *, longest: int, most: int) -> str | None:
    """Several lines of text, each as `line` makes it; empty lines at the ends are dropped."""
    parts = [line(part, longest=longest) or "" for part in text.replace("\r\n", "\n").split("\n")]
    clean = "\n".join(parts).strip("\n")
    if len(clean) > longest or clean.count("\n") >= most:
        raise NotNormal("too-long")
    return clean or None


def email(text: str) -> str | None:
    """An address in its one canonical form: lower case ASCII, the domain by IDNA 2008.

    The index is a MAC of exactly this, and the mail server is told exactly this: nothing encodes it again. What cannot be
    mailed without SMTPUTF8 is refused. Dots and plus tags are kept. Whether the mailbox exists is not asked.

    Source: RFC 5321, RFC 5891; email-validator's syntax rules.
    """
    clean = text.strip()
    if not clean:
        return None
    if len(clean) > LONGEST_EMAIL:
        raise NotNormal("too-long")
    if _plain(clean):
        return clean.lower()
    local = clean.rpartition("@")[0]
    if not local.isascii():
        raise NotNormal("email-not-ascii")
    if ROUTING & set(local):
        raise NotNormal("invalid")
    try:
        return f"{local.lower()}@{_domain(clean)}"
    except (EmailNotValidError, ValueError):  # an IDNAError is one; so is a character that Python's Unicode does not know
        raise NotNormal("invalid") from None


def _domain(address: str) -> str:
    """The domain in ASCII, as IDNA 2008 writes it. Where two programs could read two domains in it, it is refused."""
    domain = unicodedata.normalize("NFC", address.rpartition("@")[2])
    if "Σ" in domain or (not domain.isascii() and idna.uts46_remap(domain, std3_rules=True) != domain.lower()):
        raise NotNormal("invalid")  # browsers map ⓔ to e and some map ß to ss; Σ is either of two small letters
    checked = validate_email(address, check_deliverability=False, test_environment=True, strict=True, allow_smtputf8=False)
    written = checked.ascii_domain.lower()
    if idna.encode(idna.decode(written)).decode() != written:
        raise NotNormal("invalid")
    return written


def _plain(address: str) -> bool:
    """Whether nothing has to be parsed, as in nearly all addresses: email-validator would give it back as it is."""
    return len(address) <= SHORT and bool(PLAIN.fullmatch(address)) and not SPECIAL.search(address)


def mailbox(address: str) -> str | None:
    """The canonical form of a stored address, which may be older than that form; None where it cannot be mailed."""
    try:
        return email(address)
    except NotNormal:
        return None


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
    if not LANGUAGE.fullmatch(clean):
        raise NotNormal("invalid")
    first, *rest = clean.split("-")
    return "-".join([first.lower(), *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    return {2: part.upper(), 4: part.title()}.get(len(part), part.lower())


def day(text: str, *, latest: date) -> date | None:
    """A calendar day, from 1970 to *latest* (RFC 3339 full-date)."""
    clean = text.strip()
    if not clean:
        return None
    try:
        found = date.fromisoformat(clean)
    except ValueError:
        raise NotNormal("invalid") from None
    if found.year < FIRST_YEAR or found.isoformat() != clean:  # Python reads other spellings too, such as 2026-W48-2
        raise NotNormal("invalid")
    if found > latest:
        raise NotNormal("in-future")
    return found


def looks_like_product_key(text: str) -> bool:
    """Whether a value looks like a product key (25 Crockford symbols, however grouped) or has one in it, in its groups (I8)."""
    if len(text) < KEY_SYMBOLS:
        return False
    plain = text.replace("-", "").replace(" ", "")
    found = [plain] if SHAPE.fullmatch(plain) else [each.group() for each in GROUPED.finditer(text)]
    return any(symbol.isdigit() for key in found for symbol in key)
