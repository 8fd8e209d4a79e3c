"""The fields of the public forms: how each is labelled, and where it stands in a body."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogue import countries, snapshot
from intake import error_details, normal

Options = tuple[tuple[str, str], ...]
INVALID = "invalid"


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
    """

    pointer: str
    label: str | Promise
    kind: str = "text"
    autocomplete: str = "off"
    hint: str | Promise = ""
    empty: str | Promise = ""


FIELDS: Mapping[str, Field] = {
    "product": Field("/product", _("Product"), "list", empty=_("Please choose")),
    "manufacturer": Field(
        "/manufacturer",
        _("Manufacturer of the computer"),
        "list",
        hint=_("Choose one only if you also want to hear from them."),
        empty=_("None of these, or prefer not to say"),
    ),
    "country": Field("/country", _("Country"), "list", "country", empty=_("Prefer not to say")),
    "language": Field("/language", _("Language for e-mails"), "list", empty=_("Prefer not to say")),
    "name": Field("/contact/name", _("Name"), autocomplete="name"),
    "company": Field("/contact/company", _("Company"), autocomplete="organization"),
    "email": Field("/contact/email", _("E-mail address"), "email", "email", _("Needed only if you choose e-mails.")),
    "phone": Field("/contact/phone", _("Phone number"), "tel", "tel"),
    "address": Field("/contact/address", _("Postal address"), "lines", "street-address"),
    "purchased_on": Field("/details/purchased_on", _("Bought on"), "date"),
    "purchased_from": Field("/details/purchased_from", _("Bought from"), hint=_("The shop or dealer.")),
    "serial": Field("/details/serial", _("Serial number of the device"), hint=_("Don't enter your product key here.")),
}
CONTACT = ("name", "company", "email", "phone", "address")
DETAILS = ("purchased_on", "purchased_from", "serial")
NAMES = {field.pointer: name for name, field in FIELDS.items()}
TOPICS: Mapping[str, str | Promise] = {"updates": _("News about updates"), "offers": _("Special offers")}


class Shown(NamedTuple):
    """A field with what was typed into it, as a template shows it."""

    name: str
    field: Field
    value: str
    fault: str
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


def saying(name: str, code: str) -> str:
    """What to say of a mistake, in the page's language. A list is chosen from, whatever is wrong."""
    field = FIELDS[name]
    listed = field.kind == "list" and code != error_details.PRODUCT_KEY
    return error_details.sentence(field.pointer, error_details.NOT_LISTED if listed else code)


def choice_title(topic: str, sender_name: str) -> str:
    """A choice in words: what is sent, and who sends it."""
    return gettext("%(topic)s from %(sender)s") % {"topic": TOPICS.get(topic, topic), "sender": sender_name}


def options(name: str, *, value: str = "", product: str = "", language: str) -> Options:
    """What a list offers, in the page's language; a language that was registered earlier stays among them."""
    standing = snapshot.current()
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
    return [Mistake(name, error_details.PRODUCT_KEY) for name in FIELDS if normal.looks_like_product_key(values.get(name, ""))]
