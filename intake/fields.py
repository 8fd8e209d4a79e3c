"""The fields of the public forms: how each is labelled, where it stands in a body, and what is said when it cannot be taken."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogue import countries, shelf
from intake import normal

Options = tuple[tuple[str, str], ...]
INVALID, TOO_LONG = "invalid", "too-long"


class Mistake(NamedTuple):
    """A field, and why its value cannot be taken."""

    name: str
    code: str


class Field(NamedTuple):
    """One field.

    Args:
        pointer: Where its value stands in a body.
        label: What it is called.
        kind: The input's type; `lines` for several lines, `list` for a choice.
        autocomplete: What a browser may fill in (HTML, autofill).
        hint: What helps to fill it in.
        empty: What a list shows where nothing is chosen.
        invalid: What to say of a value that cannot be one.
    """

    pointer: str
    label: str | Promise
    kind: str = "text"
    autocomplete: str = "off"
    hint: str | Promise = ""
    empty: str | Promise = ""
    invalid: str | Promise = _("Enter this on one line, without invisible characters.")


FIELDS: Mapping[str, Field] = {
    "product": Field("/product", _("Product"), "list", empty=_("Please choose"), invalid=_("Choose a product from the list.")),
    "manufacturer": Field(
        "/manufacturer",
        _("Manufacturer of the computer"),
        "list",
        hint=_("Choose one only if you also want to hear from them."),
        empty=_("None of these, or prefer not to say"),
        invalid=_("Choose a manufacturer from the list."),
    ),
    "country": Field(
        "/country", _("Country"), "list", "country", empty=_("Prefer not to say"), invalid=_("Choose a country from the list.")
    ),
    "language": Field(
        "/language", _("Language for mail"), "list", empty=_("Prefer not to say"), invalid=_("Choose a language from the list.")
    ),
    "name": Field(
        "/contact/name", _("Name"), autocomplete="name", invalid=_("Enter the name on one line, without invisible characters.")
    ),
    "company": Field(
        "/contact/company",
        _("Company"),
        autocomplete="organization",
        invalid=_("Enter the company on one line, without invisible characters."),
    ),
    "email": Field(
        "/contact/email",
        _("E-mail address"),
        "email",
        "email",
        _("Needed only if you choose mail."),
        invalid=_("Enter an e-mail address such as name@example.com."),
    ),
    "phone": Field(
        "/contact/phone",
        _("Telephone"),
        "tel",
        "tel",
        invalid=_("Enter a telephone number with its country code, such as +49 30 1234567."),
    ),
    "address": Field(
        "/contact/address",
        _("Postal address"),
        "lines",
        "street-address",
        invalid=_("Enter the postal address without invisible characters."),
    ),
    "purchased_on": Field(
        "/details/purchased_on",
        _("Bought on"),
        "date",
        invalid=_("Write a day from 1970 on, such as 2026-11-20."),
    ),
    "purchased_from": Field(
        "/details/purchased_from",
        _("Bought from"),
        hint=_("The shop or dealer."),
        invalid=_("Enter the shop or dealer on one line, without invisible characters."),
    ),
    "serial": Field(
        "/details/serial",
        _("Serial number of the device"),
        hint=_("Don't enter your product key here."),
        invalid=_("Enter the serial number on one line, without invisible characters."),
    ),
}
CONTACT = ("name", "company", "email", "phone", "address")
DETAILS = ("purchased_on", "purchased_from", "serial")
NAMES = {field.pointer: name for name, field in FIELDS.items()}
TOPICS: Mapping[str, str | Promise] = {"updates": _("News about updates"), "offers": _("Special offers")}
SAYINGS: Mapping[str, str | Promise] = {
    "email-not-ascii": _("Before the @, use only unaccented letters, digits and signs such as . _ + and -."),
    "in-future": _("This day has not come yet. Enter a day up to today."),
    "email-required": _("Enter an e-mail address to get the mail you chose, or untick it."),
    "product-key": _("This looks like a product key. Don't enter your product key here."),
    "unknown-wording": _("The texts have changed. Please read them and choose again."),
}


class Shown(NamedTuple):
    """A field with what was typed into it, as a template shows it."""

    name: str
    field: Field
    value: str
    fault: str | Promise
    options: Options


def shown(
    names: Iterable[str], values: Mapping[str, str], *, mistakes: Iterable[Mistake] = (), product: str = "", language: str
) -> list[Shown]:
    """The named fields, for a template."""
    codes = {mistake.name: mistake.code for mistake in reversed(list(mistakes))}
    return [
        Shown(
            name,
            FIELDS[name],
            values.get(name, ""),
            saying(name, codes[name]) if name in codes else "",
            options(name, value=values.get(name, ""), product=product, language=language),
        )
        for name in names
    ]


def saying(name: str, code: str) -> str | Promise:
    """What to say of a mistake."""
    if code == TOO_LONG and name in normal.LONGEST:
        return _limit(name)
    return SAYINGS.get(code) or FIELDS[name].invalid


def _limit(name: str) -> str:
    """How long the field may be."""
    most = {"number": normal.LONGEST[name], "lines": normal.MOST_LINES}
    if FIELDS[name].kind == "lines":
        return gettext("Use at most %(number)d characters on at most %(lines)d lines.") % most
    return gettext("Use %(number)d characters or fewer.") % most


def choice_title(topic: str, sender_name: str) -> str:
    """A choice in words: what is sent, and who sends it."""
    return gettext("%(topic)s from %(sender)s") % {"topic": TOPICS.get(topic, topic), "sender": sender_name}


def options(name: str, *, value: str = "", product: str = "", language: str) -> Options:
    """What a list offers, in the page's language; a language that was registered earlier stays among them."""
    standing = shelf.current()
    match name:
        case "product":
            return tuple((each.code, each.name) for each in standing.products.values())
        case "manufacturer":
            return tuple((each.code, each.name) for each in standing.manufacturers.values())
        case "country":
            return countries.names(language)
        case "language":
            codes = dict.fromkeys([*standing.languages(product), *([value] if value else [])])
            return tuple((code, language_name(code, language)) for code in codes)
        case _:
            return ()


def text(name: str, value: str, *, language: str) -> str:
    """A value as a person reads it: the name behind a code."""
    return dict(options(name, value=value, language=language)).get(value, value)


def language_name(code: str, language: str) -> str:
    """A language's name in another language; its code where nobody has written one down."""
    try:
        return Locale.parse(code, sep="-").get_display_name(language) or code
    except (UnknownLocaleError, ValueError):
        return code


def keys_among(values: Mapping[str, str]) -> list[Mistake]:
    """The fields that seem to hold a product key."""
    return [Mistake(name, "product-key") for name in FIELDS if normal.looks_like_product_key(values.get(name, ""))]
