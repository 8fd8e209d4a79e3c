"""How long each value is kept, and for whom: what a person is told about the own record."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings

from intake.letters import Contact, Details
from keystore import grants
from privacy import datamap


def held(contact: Contact, details: Details, *, live: Iterable[str], month: date) -> list[dict[str, Any]]:
    """A line for each value that is kept: where it stands, who may open it, why, and until which month."""
    chosen = sorted(live)
    until = months_after(month, settings.RETAIN_INACTIVE if chosen else settings.RETAIN_WITHOUT_OPT_IN)
    reach, rest = [grants.SUPPORT, *chosen], [grants.SUPPORT]
    lines = [*_lines("/contact", contact, reach, until), *_lines("/details", details, rest, until)]
    return [
        line | {"pointer": line["pointer"].replace("/contact/country", "/country").replace("/contact/language", "/language")}
        for line in lines
    ]


def _lines(pointer: str, value: Contact | Details, purposes: list[str], until: str) -> list[dict[str, Any]]:
    return [
        {"pointer": f"{pointer}/{name}", "purposes": purposes, "legal_basis": personal.basis, "kept_until": until}
        for name, personal in datamap.fields_of(type(value)).items()
        if getattr(value, name) is not None
    ]


def months_after(month: date, count: int) -> str:
    """The month that lies *count* months later, as YYYY-MM."""
    years, rest = divmod(month.month - 1 + count, 12)
    return f"{month.year + years}-{rest + 1:02}"
