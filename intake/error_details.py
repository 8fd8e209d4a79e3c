"""What is said of a wrong field: one table, from which the API's answers and the pages take their text.

The codes and pointers are the contract, these sentences are not. None of them repeats a value.
"""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from intake import normal, shapes
from web import strict_json

Text = str | Promise
ANY = ""  # whichever of SHAPE it is: the sentence says what to send
SHAPE = frozenset({"required", "type", "invalid", "too-long"})
NOT_LISTED, PRODUCT_KEY, UNKNOWN_WORDING = "not-listed", "product-key", "unknown-wording"  # on pages only
INDEX = re.compile(r"/[0-9]+(?=/|\Z)")

GENERAL: Mapping[str, Text] = {
    **strict_json.FAULTS,
    "repeated": _("Duplicate choice. Send only one for each topic and sender."),
    "email-not-ascii": _("Before the @, use only letters without accents, digits and characters such as . _ + and -."),
    "in-future": _("Enter today's date or an earlier one."),
}
PAGES: Mapping[str, Text] = {
    PRODUCT_KEY: _("This looks like a product key. Don't enter your product key here."),
    UNKNOWN_WORDING: _("The texts have changed. Read them and choose again."),
}
EMAIL: Mapping[str, Text] = {
    "required": _("Enter an e-mail address such as name@example.com."),
    "type": _("Send the e-mail address as a JSON string."),
    "invalid": _("Enter an e-mail address such as name@example.com."),
    "too-long": _("The e-mail address can have at most %(most)d characters."),
    "email-required": _("Enter your e-mail address, or choose no e-mails."),
}
OBJECT, SECTION = _("Send a JSON object."), _("Send a JSON object. Its values are strings or null.")
YES_OR_NO = _("Send true or false.")

SENTENCES: Mapping[str, Mapping[str, Text]] = {
    "": {ANY: OBJECT},
    "/product": {
        NOT_LISTED: _("Choose a product from the list."),
        ANY: _("Send a product code such as srv-std: 2 to 40 lower-case letters, digits or hyphens."),
    },
    "/manufacturer": {
        NOT_LISTED: _("Choose a manufacturer from the list."),
        ANY: _("Send a manufacturer code such as acme: 2 to 40 lower-case letters, digits or hyphens."),
    },
    "/country": {NOT_LISTED: _("Choose a country from the list."), ANY: _("Send a two-letter country code such as DE.")},
    "/language": {NOT_LISTED: _("Choose a language from the list."), ANY: _("Send a language tag such as en or pt-BR.")},
    "/receipt": {ANY: _("Send a receipt of 43 characters: 32 random bytes in base64url.")},
    "/notice": {ANY: _("Send the notice's digest: 64 hexadecimal digits in lower case.")},
    "/email": EMAIL,
    "/contact": {ANY: SECTION},
    "/contact/email": EMAIL,
    "/contact/name": {
        "type": _("Send the name as a JSON string."),
        "invalid": _("Enter the name on one line, without invisible characters. It can't start with = or +."),
        "too-long": _("The name can have at most %(most)d characters."),
    },
    "/contact/company": {
        "type": _("Send the company as a JSON string."),
        "invalid": _("Enter the company on one line, without invisible characters. It can't start with = or +."),
        "too-long": _("The company can have at most %(most)d characters."),
    },
    "/contact/phone": {
        "type": _("Send the phone number as a JSON string."),
        "invalid": _("Enter a phone number with its country code, such as +49 30 1234567."),
    },
    "/contact/address": {
        "type": _("Send the postal address as a JSON string."),
        "invalid": _("Enter the postal address without invisible characters."),
        "too-long": _("The postal address can have at most %(lines)d lines and %(most)d characters."),
    },
    "/details": {ANY: SECTION},
    "/details/purchased_on": {
        "type": _('Send the date as a JSON string such as "2026-11-20".'),
        "invalid": _("Enter a date from 1970 onwards, such as 2026-11-20."),
    },
    "/details/purchased_from": {
        "type": _("Send the shop or dealer as a JSON string."),
        "invalid": _("Enter the shop or dealer on one line, without invisible characters. It can't start with = or +."),
        "too-long": _("The shop or dealer can have at most %(most)d characters."),
    },
    "/details/serial": {
        "type": _("Send the serial number as a JSON string."),
        "invalid": _("Enter the serial number on one line, without invisible characters."),
        "too-long": _("The serial number can have at most %(most)d characters."),
    },
    "/choices": {ANY: _("Send a list of at most %(most)d choices.")},
    "/choices/*": {ANY: OBJECT},
    "/choices/*/topic": {ANY: _("Send “updates” or “offers”.")},
    "/choices/*/sender": {ANY: _("Send “vendor” or a manufacturer code.")},
    "/choices/*/granted": {ANY: YES_OR_NO},
    "/choices/*/wording": {ANY: _("Send the wording's digest from the notice: 64 hexadecimal digits in lower case.")},
    "/stop_all_mail": {ANY: YES_OR_NO},
}
LIMITS: Mapping[str, int] = {
    "/choices": shapes.MOST_CHOICES,
    "/email": normal.LONGEST_EMAIL,
    **{place: most for name, most in normal.LONGEST.items() for place in SENTENCES if place.endswith(f"/{name}")},
}


def sentence(pointer: str, code: str) -> str:
    """What to say of a fault: the field's own sentence, or else what its code says of every field."""
    place = INDEX.sub("/*", pointer)
    own = SENTENCES.get(place, {})
    said = own.get(code) or (own.get(ANY) if code in SHAPE else None) or GENERAL.get(code) or PAGES[code]
    return str(said) % {"most": LIMITS.get(place, 0), "lines": normal.MOST_LINES}
