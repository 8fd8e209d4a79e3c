"""Simulated days: people activate, some register in the same sitting, letters are filed in batches, and nights are rewritten.

Times are invented, and everything is done in their order by the services: what PostgreSQL notes beside the rows is real.
"""

import json
import math
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import product

from activation import binding, issuing
from activation.hardware import PLAIN, Hardware
from activation.models import Batch
from regsvc import row_shuffle
from tests.scenario import Life, body

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
FIRST = (NOW.replace(day=1) + 32 * DAY).replace(day=1)  # of the next month: there are intake keys for it
PRODUCTS = {"srv-std": 5, "desk-pro": 3, "srv-ent": 2}  # how often each is sold
MAKERS = {None: 6, "acme": 3, "globex": 1}
BATCHES = {(code, maker or ""): number for number, (code, maker) in enumerate(product(PRODUCTS, MAKERS), 200)}
REGISTER = 0.3
QUICKEST, LINGER = timedelta(seconds=20), 60  # between activating and sending the form: at least, and then on average, seconds
DELAY = timedelta(hours=6)
UPDATES = "updates/vendor"
Cell = tuple[str, str]  # product and manufacturer: what both stores hold of a sale


@dataclass(slots=True)
class Person:
    """Somebody who activates at one time, and may send a registration at another."""

    cell: Cell
    activates: datetime
    sends: datetime | None
    filed: datetime | None = None


def people(count: int, *, a_day: int, delayed: bool, dice: random.Random) -> list[Person]:
    """They come at any time of the day, in the order in which they activate."""
    moments = sorted(FIRST + DAY * dice.uniform(0, count / a_day) for _ in range(count))
    return [Person(_cell(dice), moment, _sends(moment, dice, delayed=delayed)) for moment in moments]


def _cell(dice: random.Random) -> Cell:
    (code,), (maker,) = dice.choices(list(PRODUCTS), PRODUCTS.values()), dice.choices(list(MAKERS), MAKERS.values())
    return code, maker or ""


def _sends(moment: datetime, dice: random.Random, *, delayed: bool) -> datetime | None:
    if dice.random() > REGISTER:
        return None
    sent = moment + QUICKEST + timedelta(seconds=dice.expovariate(1 / LINGER))
    return sent + DELAY * dice.random() if delayed else sent


@dataclass
class World:
    """What truly happened, which no attacker sees: whose each row is."""

    life: Life
    wait: timedelta
    people: list[Person]
    activations: dict[uuid.UUID, Person] = field(default_factory=dict)
    registrations: dict[uuid.UUID, Person] = field(default_factory=dict)
    unfiled: list[Person] = field(default_factory=list)
    _keys: dict[Cell, list] = field(default_factory=dict)

    def live(self, evening: Callable[[date], None]) -> date:
        """Let it all happen. *evening* looks at the stores at the end of each day, before the night's rewrite; the last day."""
        self._issue()
        acts = [(person.activates, 0, person) for person in self.people]
        acts += [(person.sends, 1, person) for person in self.people if person.sends]
        acts += [(moment, 2, None) for moment in {self._swept(person.sends) for person in self.people if person.sends}]
        midnights = math.ceil((max(act[0] for act in acts) - FIRST) / DAY)
        acts += [(FIRST + DAY * night, 3, None) for night in range(1, midnights + 1)]
        for moment, act, person in sorted(acts, key=lambda each: each[:2]):
            (self._activate, self._send, self._sweep, self._night)[act](moment, person, evening)
        return moment.date()

    def _issue(self) -> None:
        for cell, number in BATCHES.items():
            batch = issuing.open_batch(
                Batch(number=number, product=cell[0], channel="retail", slots=1, policy="retail-1"), today=date(2026, 11, 1)
            )
            count = sum(person.cell == cell for person in self.people)
            self._keys[cell] = [key for keys in issuing.issue(batch=batch, count=count) for key in keys]

    def _swept(self, moment: datetime) -> datetime:
        return FIRST + math.ceil((moment - FIRST) / self.wait) * self.wait

    def _activate(self, moment: datetime, person: Person, _evening: object) -> None:
        hardware = Hardware(PLAIN, (7,) * 4 + (0,) * 4)
        request = binding.Request(key=self._keys[person.cell].pop(), product=person.cell[0], hardware=hardware)
        self.activations[binding.activate(request=request, today=moment.date()).binding] = person

    def _send(self, moment: datetime, person: Person, _evening: object) -> None:
        code, maker = person.cell
        made = body(UPDATES) | {"product": code, "contact": {"email": f"{uuid.uuid4().hex}@example.org"}}
        self.life.at = moment
        accepted = self.life.post(json.dumps(made | ({"manufacturer": maker} if maker else {})).encode())
        self.registrations[accepted.receipt.registration] = person
        self.unfiled.append(person)

    def _sweep(self, moment: datetime, _person: object, _evening: object) -> None:
        self.life.at = moment
        assert self.life.sweep() == len(self.unfiled)
        for person in self.unfiled:
            person.filed = moment
        self.unfiled = []

    def _night(self, moment: datetime, _person: object, evening: Callable[[date], None]) -> None:
        evening((moment - DAY).date())
        for _ in row_shuffle.rewrite(today=moment.date()):
            pass
