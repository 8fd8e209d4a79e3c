"""Distinct registrations of invented people: the same content for every contender, in the form that each takes."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

COUNT = 20_000
NAMES = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "June")


class Person(NamedTuple):
    """One invented registration."""

    email: str
    name: str
    company: str
    phone: str
    address: str
    purchased_on: str
    purchased_from: str
    serial: str
    offers: bool


def people(count: int = COUNT, *, seed: int = 1) -> Iterator[Person]:
    """Invented people, the same ones for the same seed. The telephone numbers are of a range that is kept for fiction."""
    chance = random.Random(seed)
    for number in range(count):
        name, tag = chance.choice(NAMES), f"{seed}-{number}"
        yield Person(
            email=f"{name.lower()}.{tag}@example.org",
            name=f"{name} Example {tag}",
            company=f"Example {chance.randrange(1000)} GmbH",
            phone=f"+493023125{chance.randrange(1000):03}",
            address=f"Weg {chance.randrange(1, 200)}\n10115 Berlin",
            purchased_on=f"2026-{chance.randrange(1, 11):02}-{chance.randrange(1, 29):02}",
            purchased_from=f"Shop {chance.randrange(100)}",
            serial=f"SN-{tag}-{chance.randrange(10**6):06}",
            offers=chance.random() < 0.5,  # noqa: PLR2004 (half of them)
        )


def ours(person: Person, wordings: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """As our API takes it. Everybody wants updates, some want offers too."""
    contact = {member: getattr(person, member) for member in ("email", "name", "company", "phone", "address")}
    details = {member: getattr(person, member) for member in ("purchased_on", "purchased_from", "serial")}
    granted = {("updates", "vendor"): True, ("offers", "acme"): person.offers}
    choices = [
        {"topic": topic, "sender": sender, "granted": grant, "wording": wordings[topic, sender]}
        for (topic, sender), grant in granted.items()
    ]
    standing = {"product": "srv-std", "manufacturer": "acme", "country": "DE", "language": "de"}
    return standing | {"contact": contact, "details": details, "choices": choices}


def textbook(person: Person) -> dict[str, Any]:
    """As the textbook's serializer takes it: one flat row, which is less than we store of a choice."""
    standing = {"product": "srv-std", "manufacturer": "acme", "country": "DE", "language": "de"}
    return standing | person._asdict() | {"updates": True}


def write(file: Path, shape: Callable[[Person], dict[str, Any]], *, count: int = COUNT, seed: int = 1) -> Path:
    """Write one body a line, so that nobody makes them while the clock runs."""
    lines = (json.dumps(shape(person), ensure_ascii=False, separators=(",", ":")) for person in people(count, seed=seed))
    file.write_text("\n".join(lines), encoding="utf-8")
    return file
