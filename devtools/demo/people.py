"""Made-up people in many scripts. Their names mean "example", and their mailboxes cannot exist. A number is always one person."""

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import phonenumbers

LANDS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("people.json").read_text(encoding="utf-8"))
DOMAINS = ("example.org", "example.com", "example.net")
PRODUCTS = ("srv-std", "srv-std", "srv-ent", "desk-pro", "desk-pro")
MANUFACTURERS = ("acme", "globex", None)
SHOPS = ("Example Store", "Sample Online", "Beispiel-Laden", "見本商店")
FIRST_DAY = date(2025, 1, 1)
DAYS = 600


class Person(NamedTuple):
    """Somebody who registers, and how likely each offered choice is to be taken."""

    key: str
    body: dict[str, Any]
    eagerness: float


def person(number: int) -> Person:
    """The made-up person of this number. `choices` are still to be made: their wordings come with the notice."""
    chance = random.Random(number)  # noqa: S311 (it makes samples, not secrets)
    land = chance.choices(LANDS, [each["weight"] for each in LANDS])[0]
    body: dict[str, Any] = {"product": chance.choice(PRODUCTS), "country": land["country"], "language": land["language"]}
    if manufacturer := chance.choice(MANUFACTURERS):
        body["manufacturer"] = manufacturer
    eagerness = 0.0
    if chance.random() < 0.94:  # noqa: PLR2004 (the others leave nothing at all: every field is optional)
        body["contact"] = _contact(land, chance, number)
        eagerness = chance.choice((0.3, 0.6, 0.9))
    if chance.random() < 0.5:  # noqa: PLR2004 (half)
        body["details"] = _details(chance)
    return Person(f"demo-person-{number:012}", body, eagerness)


def _contact(land: dict[str, Any], chance: random.Random, number: int) -> dict[str, str]:
    given, written = chance.choice(land["given"])
    contact = {"email": f"{written}.{number}@{chance.choice(DOMAINS)}"}
    contact["name"] = land["name"].format(given=given, family=chance.choice(land["family"]))
    if chance.random() < 0.3:  # noqa: PLR2004 (some)
        contact["company"] = chance.choice(land["company"])
    if chance.random() < 0.4:  # noqa: PLR2004 (some)
        contact["address"] = chance.choice(land["address"]).format(n=chance.randint(1, 99))
    sample = phonenumbers.example_number(land["country"])
    if sample and chance.random() < 0.3:  # noqa: PLR2004 (some)
        contact["phone"] = phonenumbers.format_number(sample, phonenumbers.PhoneNumberFormat.E164)
    return contact


def _details(chance: random.Random) -> dict[str, str]:
    bought = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
    shop, serial = chance.choice(SHOPS), f"SN-{chance.randrange(10**6):06}"
    return {"purchased_on": bought.isoformat(), "purchased_from": shop, "serial": serial}
