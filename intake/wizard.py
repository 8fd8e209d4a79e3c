"""The web wizard: its steps, what was typed so far, and where a mistake belongs. Nothing is stored before the last step."""

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any, NamedTuple, Self

import msgspec
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalogue import snapshot
from intake import error_details, fields, letters, parsing, registering, shapes
from intake.fields import Mistake
from intake.registering import EmailRequired
from web import strict_json

TICK = re.compile(r"((?:updates|offers)/[a-z0-9-]{2,40})/([0-9a-f]{64})")
TEXTS_CHANGED = Mistake("choices", error_details.UNKNOWN_WORDING)
REFUSED = (
    strict_json.InvalidFields,
    parsing.ProductKeyNotHere,
    snapshot.UnknownProduct,
    snapshot.UnknownManufacturer,
    snapshot.UnknownWording,
    EmailRequired,
)


class Step(NamedTuple):
    """One page of the wizard."""

    name: str
    title: str | Promise
    lead: str | Promise = ""
    fields: tuple[str, ...] = ()


STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        Step("start", _("Register your product")),
        Step(
            "product", _("Your product"), _("Only the product is required."), ("product", "manufacturer", "country", "language")
        ),
        Step("notice", _("About this product")),
        Step("contact", _("Your contact details"), _("You can leave any field empty."), fields.CONTACT),
        Step("choices", _("Which e-mails would you like?"), _("You don't have to choose any."), ("email",)),
        Step(
            "details",
            _("Your purchase"),
            _("This helps us when you need support. You can leave any field empty."),
            fields.DETAILS,
        ),
        Step("check", _("Check your answers"), _("Nothing has been stored yet.")),
    )
}
ORDER = list(STEPS.values())
START, PRODUCT, NOTICE, CONTACT, CHOICES, DETAILS, CHECK = ORDER
COUNTED = [step for step in ORDER if step is not NOTICE]


class Answers(letters.Dotted):
    """What a person typed so far. It travels in the page's hidden fields, and nowhere else.

    Args:
        key: Makes a repeated sending the same registration.
        notice: The digest of the notice that was shown.
        values: By field, as typed.
        ticked: The digest of the wording that was ticked, by purpose.
        suggested: The language for mail that the pages filled in; empty once the person has chosen another.
    """

    key: str
    notice: str
    values: dict[str, str]
    ticked: dict[str, str]
    suggested: str = ""

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        """What a posted page holds."""
        notice = form.get("notice", "")
        suggested = form.get("suggested", "")
        return cls(
            key=form.get("key") or str(uuid.uuid4()),
            notice=notice if snapshot.current().notice_digest_good(notice) else "",
            values={name: form.get(name, "") for name in fields.FIELDS},
            ticked={found[1]: found[2] for tick in form.getlist("tick") if (found := TICK.fullmatch(tick))},
            suggested=suggested if suggested == form.get("language", "") else "",
        )

    def renewed(self) -> Self:
        """The same under a key that can be used."""
        return msgspec.structs.replace(self, key=str(uuid.uuid4()))

    def follow(self, language: str) -> None:
        """Suggest the language that the pages speak now, unless the person has chosen one for mail."""
        if self.suggested and language in snapshot.current().languages(self.values["product"]):
            self.values["language"] = self.suggested = language

    def carried(self, shown: Step) -> list[tuple[str, str]]:
        """The hidden fields of a page: everything that it does not show."""
        typed = [(name, value) for name, value in self.values.items() if value and name not in shown.fields]
        ticks = [("tick", f"{purpose}/{digest}") for purpose, digest in self.ticked.items() if shown is not CHOICES]
        kept = [("step", shown.name), ("key", self.key), ("notice", self.notice), ("suggested", self.suggested)]
        return [*kept, *typed, *ticks]

    def members(self, offered: Iterable[snapshot.Choice]) -> dict[str, Any]:
        """The body of the registration. What was offered and not ticked is declined."""
        given = {name: value.strip() for name, value in self.values.items() if value.strip()}
        made: dict[str, Any] = {name: given[name] for name in PRODUCT.fields if name in given}
        made["contact"] = {name: given[name] for name in fields.CONTACT if name in given}
        made["details"] = {name: given[name] for name in fields.DETAILS if name in given}
        made["choices"] = [self._choice(choice) for choice in offered]
        return made | ({"notice": self.notice} if self.notice else {})

    def _choice(self, choice: snapshot.Choice) -> dict[str, Any]:
        digest = self.ticked.get(f"{choice.topic}/{choice.sender}")
        return {
            "topic": choice.topic,
            "sender": choice.sender,
            "granted": digest is not None,
            "wording": digest or choice.wording,
        }

    def body(self, offered: Iterable[snapshot.Choice]) -> bytes:
        """The same as JSON."""
        return json.dumps(self.members(offered)).encode()


def begun(*, product: str, manufacturer: str, language: str) -> Answers:
    """A wizard that nobody has typed into; codes that the catalogue does not have are passed over."""
    standing = snapshot.current()
    values = {
        "product": product if product in standing.products else "",
        "manufacturer": manufacturer if manufacturer in standing.manufacturers else "",
        "language": language if language in standing.languages(product) else "",
    }
    return Answers(str(uuid.uuid4()), "", values, {}, suggested=values["language"])


def offered(answers: Answers, language: str) -> tuple[snapshot.Choice, ...]:
    """What can be chosen; nothing while the product is not known."""
    try:
        return snapshot.current().choices(answers.values["product"], answers.values["manufacturer"] or None, language)
    except (snapshot.UnknownProduct, snapshot.UnknownManufacturer):
        return ()


def notice(answers: Answers, language: str) -> snapshot.Notice | None:
    """The notice to show: the product's own, or before a product is chosen the one for every product."""
    standing = snapshot.current()
    if product := answers.values["product"]:
        try:
            return standing.notice(product, language)
        except snapshot.UnknownProduct:
            return None
    return standing.notice_at.get((None, language)) or standing.notice_at.get((None, "en"))


def _notice_missed(answers: Answers, language: str) -> bool:
    """Whether the product has a notice of its own, and another one was shown."""
    due, seen = notice(answers, language), snapshot.current().notices.get(answers.notice)
    return due is not None and (seen is None or seen.product != due.product)


def following(step: Step, answers: Answers, language: str) -> Step:
    """The page after this one."""
    after = ORDER[min(ORDER.index(step) + 1, len(ORDER) - 1)]
    return CONTACT if after is NOTICE and not _notice_missed(answers, language) else after


def preceding(step: Step) -> Step:
    """The page before this one. A notice is not shown again."""
    before = ORDER[max(ORDER.index(step) - 1, 0)]
    return PRODUCT if before is NOTICE else before


def mistakes(answers: Answers, *, language: str, today: date) -> list[Mistake]:
    """What could not be taken if it were sent now."""
    given, form = parsing.shaped(answers.members(offered(answers, language)), shapes.RegistrationBody)
    contact, choices = shapes.contact(given, form), shapes.choices(given.choices, form)
    shapes.details(given.details, form, today=today)
    found: list[Mistake] = []
    fits = partial(registering.check, given.product, given.manufacturer, given.notice, choices, today=today)
    for judge in (form.done, fits):
        try:
            judge()
        except REFUSED as error:
            named = {mistake.name for mistake in found}
            found += [mistake for mistake in of(error, answers) if mistake.name not in named]
    granted, wrong = any(choice.granted for choice in choices), any(mistake.name == "email" for mistake in found)
    return [*found, Mistake("email", "email-required")] if granted and not contact.email and not wrong else found


def of(error: Exception, answers: Answers) -> list[Mistake]:
    """The mistakes that a refusal stands for."""
    match error:
        case strict_json.InvalidFields():
            named = ((fields.NAMES.get(fault.pointer), fault.code) for fault in error.faults)
            return [*(Mistake(name, code) if name else TEXTS_CHANGED for name, code in named), *fields.keys_among(answers.values)]
        case parsing.ProductKeyNotHere():
            return fields.keys_among(answers.values)
        case snapshot.UnknownProduct():
            return [Mistake("product", fields.INVALID)]
        case snapshot.UnknownManufacturer():
            return [Mistake("manufacturer", fields.INVALID)]
        case EmailRequired():
            return [Mistake("email", "email-required")]
        case _:
            return [TEXTS_CHANGED]


def concerns(mistake: Mistake, step: Step) -> bool:
    """Whether a mistake is to be mended on this page."""
    if mistake.code == "email-required" or mistake.name == "choices":
        return step is CHOICES
    return mistake.name in step.fields


def first(found: list[Mistake]) -> Step:
    """The first page that has something to mend."""
    return next((step for step in ORDER for mistake in found if concerns(mistake, step)), CHECK)
