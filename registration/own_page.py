"""One's own registration in words: what its page shows, and what a changed form asks for."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from catalogue import snapshot
from catalogue.models import VENDOR
from intake import fields
from keystore import grants
from registration import consents, record
from registration.self_service import Own

FORM = (*fields.CONTACT, "country", "language", *fields.DETAILS)
STATES: Mapping[str, str | Promise] = {
    consents.NONE: _("not chosen"),
    consents.UNCONFIRMED: _("waiting for you to confirm by e-mail"),
    consents.ACTIVE: _("active"),
    consents.WITHDRAWN: _("ended"),
    consents.EXPIRED: _("ended: not confirmed in time"),
}
BASES: Mapping[str, str | Promise] = {
    "consent": _("your consent"),
    "contract": _("a contract"),
    "legal-obligation": _("a legal duty"),
    "legitimate-interest": _("a legitimate interest"),
}
REASONS: Mapping[str, str | Promise] = {
    "customer-called": _("you called us"),
    "customer-wrote": _("you wrote to us"),
    "return-or-repair": _("a return or a repair"),
    "person-asked-for-a-copy": _("you asked for a copy"),
    "suspected-misuse": _("suspected misuse"),
}


class Choice(NamedTuple):
    """One choice with its state, and what can be done about it."""

    purpose: str
    title: str
    state: str | Promise
    on: bool
    waits: bool
    text: str | None
    wording: str | None
    decided_on: Any
    confirmed_on: Any


def values(own: Own) -> dict[str, str]:
    """What the form of changes starts with: every value as text."""
    found = {name: getattr(own.contact, name, None) or getattr(own.details, name, None) for name in FORM}
    return {name: "" if value is None else str(value) for name, value in found.items()}


def patch(own: Own, typed: Mapping[str, str]) -> dict[str, Any]:
    """The merge patch that turns the record into what was typed: only what differs, and null for what was emptied."""
    before = values(own)
    changed = {name: typed[name].strip() or None for name in FORM if _plain(typed[name]) != _plain(before[name])}
    if changed.get("phone"):
        changed.setdefault("country", typed["country"].strip() or None)  # the number may be written as in that country
    made: dict[str, Any] = {name: changed[name] for name in ("country", "language") if name in changed}
    for section, names in (("contact", fields.CONTACT), ("details", fields.DETAILS)):
        if members := {name: changed[name] for name in names if name in changed}:
            made[section] = members
    return made


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def shown(own: Own, *, language: str) -> dict[str, Any]:
    """What the page of a registration shows."""
    answer = record.shown(own)
    return {
        "own": answer,
        "receipt": own.receipt.text,
        "product": own.product_name,
        "manufacturer": _maker(own.row.manufacturer_id) if own.row.manufacturer_id else "",
        "month": own.row.month,
        "contact": _lines(own, (*fields.CONTACT, "country", "language"), language),
        "details": _lines(own, fields.DETAILS, language),
        "choices": choices(own, language=language),
        "acts_on_mailbox": own.acts_on_mailbox,
        "held": [_held(line) for line in answer["held"]],
        "looks": [(day, say(role), REASONS.get(reason.partition(" ")[0], reason)) for day, role, reason in own.looks],
    }


def _lines(own: Own, names: tuple[str, ...], language: str) -> list[tuple[str | Promise, str]]:
    found = values(own)
    return [(fields.FIELDS[name].label, fields.text(name, found[name], language=language)) for name in names if found[name]]


def choices(own: Own, *, language: str) -> list[Choice]:
    """Everything that was decided or can be chosen. What stands shows the text that was agreed to, the rest today's text."""
    decided = {standing.purpose: (standing, state) for standing, state in own.standings()}
    offered = {f"{choice.topic}/{choice.sender}": choice for choice in _offered(own, language)}
    found = []
    for purpose in dict.fromkeys((*offered, *decided)):
        standing, state = decided.get(purpose, (consents.Standing(purpose), consents.NONE))
        today = offered.get(purpose)
        agreed = snapshot.current().wording(standing.wording) if standing.wording else None
        stands = state in {consents.ACTIVE, consents.UNCONFIRMED}
        text = agreed if stands and agreed else today
        found.append(
            Choice(
                purpose=purpose,
                title=purpose_title(purpose),
                state=STATES[state],
                on=stands,
                waits=state == consents.UNCONFIRMED,
                text=text.text if text else None,
                wording=today.wording if today else None,
                decided_on=standing.decided_on,
                confirmed_on=standing.confirmed_on,
            )
        )
    return found


def _offered(own: Own, language: str) -> tuple[snapshot.Choice, ...]:
    try:
        return snapshot.current().choices(own.row.product_id, own.row.manufacturer_id, language)
    except (snapshot.UnknownProduct, snapshot.UnknownManufacturer):
        return ()


def _held(line: Mapping[str, Any]) -> tuple[str | Promise, str, str | Promise, date]:
    """A value's name, who may see it, why it may be kept, and until when."""
    label = fields.FIELDS[fields.NAMES[line["pointer"]]].label
    readers = ", ".join(purpose_title(purpose) for purpose in line["purposes"])
    return label, readers, BASES[line["legal_basis"]], date.fromisoformat(f"{line['kept_until']}-01")


def purpose_title(purpose: str) -> str:
    """A purpose in words: what is sent, and who sends it."""
    if purpose == grants.SUPPORT:
        return say("Customer service")
    if purpose == grants.SERVICE:
        return say("E-mails about the registration itself")
    topic, _slash, sender = purpose.partition("/")
    return fields.choice_title(topic, _maker(sender))


def _maker(sender: str) -> str:
    standing = snapshot.current()
    if sender == VENDOR:
        return standing.vendor
    return standing.manufacturers[sender].name if sender in standing.manufacturers else sender
