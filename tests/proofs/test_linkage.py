"""Nobody links a registration to an activation: an attack with both stores' dumps finds no more than values alone allow.

Figures are shares of registrations whose activation was guessed right. `docs/unlinkability.md` explains them.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import connections

from regsvc import row_shuffle
from tests.proofs import linking, simulation
from tests.proofs.linking import by_alignment, by_clock, by_rank, by_rank_within, hits
from tests.proofs.simulation import DAY, World

STORES = list(row_shuffle.TABLES)
pytestmark = [
    pytest.mark.xdist_group("proofs"),
    pytest.mark.real_transactions,
    pytest.mark.django_db(databases=STORES, transaction=True),
]
MINUTE = timedelta(seconds=60)
SOON, LATER = timedelta(seconds=30), timedelta(hours=3)  # how long before its filing somebody activated, most likely
ROUNDS = 16  # chance decides each rewrite: more of them make the figure sure
LIVE = (by_rank, by_rank_within, by_alignment)


@dataclass
class Figures:
    """Right guesses of one simulation."""

    evenings: Counter = field(default_factory=Counter)  # attacks on the day's rows before the night
    first: Counter = field(default_factory=Counter)  # what is tried after the night, tried before the first one
    floor_of_day: float = 0.0
    nights: Counter = field(default_factory=Counter)  # attacks on all rows after it, in all rounds
    floor: float = 0.0
    stamped: float = 0.0


class Attack:
    """Lives through the days, and attacks every evening and after the nights."""

    def __init__(self, life, *, people, a_day, wait, delayed, seed):
        dice = random.Random(seed)
        self.world = World(life, wait, simulation.people(people, a_day=a_day, delayed=delayed, dice=dice))
        self.back = LATER if delayed else SOON
        self.seen, self.found = set(), Figures()

    def truth(self):
        owners = {id(person): row for row, person in self.world.activations.items()}
        return {row: owners[id(person)] for row, person in self.world.registrations.items()}

    def run(self):
        forget_marks()
        last = self.world.live(self.evening)
        count = len(self.world.registrations)
        assert len(linking.registrations().rows) == count > 0
        self.found.floor_of_day /= count
        self.found.floor = linking.floor(linking.registrations().rows, linking.activations().rows)
        for number in range(ROUNDS):
            if number:
                forget_marks()  # so that closed months are rewritten as well
                for _ in row_shuffle.rewrite(today=last):
                    pass
            self.found.nights += linking.every_order(linking.registrations(number), linking.activations(number), self.truth())
        self.found.stamped = self.control()
        return self.found

    def evening(self, day):
        """The day's rows, known by being new, in the order of their writers; and by the times that WAL holds."""
        ours, theirs = linking.registrations(), linking.activations()
        rows = ours.sorted("registration writer", lambda row: row.id not in self.seen)
        others = theirs.sorted("binding writer", lambda row: row.day == day)
        self.found.first = self.found.first or linking.every_order(ours, theirs, self.truth())
        self.seen |= {row.id for row in rows}
        today = Counter({attack.__name__: hits(attack(rows, others), self.truth()) for attack in LIVE})
        filed = [(row, self.world.registrations[row.id].filed) for row in rows]
        today["by_clock"] = hits(by_clock(filed, self.times(theirs), back=self.back), self.truth())
        self.found.evenings += today
        self.found.floor_of_day += len(rows) * linking.floor(rows, others, fits=lambda row, other: row.cell == other.cell)

    def times(self, theirs):
        return [(row, self.world.activations[row.id].activates) for row in theirs.rows]

    def control(self):
        """The positive control: if both stores kept the second of arrival, and nobody waited."""
        ours, theirs = linking.registrations(), linking.activations()
        sent = [(row, self.world.registrations[row.id].sends) for row in ours.rows]
        return hits(by_clock(sent, self.times(theirs), back=self.back), self.truth()) / len(sent)


def forget_marks():
    for store, tables in row_shuffle.TABLES.items():
        with connections[store].cursor() as cursor:
            for table in tables:
                cursor.execute(f'COMMENT ON TABLE "{table}" IS NULL')


def faults(found, count, *, wait, delayed):
    """Everything that is found by more than twice what values alone allow, and an attack that finds nothing anywhere."""
    bad = [
        f"after the night: {name} {right / count / ROUNDS:.4f}"
        for name, right in found.nights.items()
        if right / count / ROUNDS > 2 * found.floor
    ]
    if wait == DAY:
        chance = found.floor_of_day * count
        limit = max(2 * chance, chance + 5 * chance**0.5)  # evenings cannot be repeated: few hits vary much
        bad += [f"in the evening: {name} {right / count:.4f}" for name, right in found.evenings.items() if right > limit]
    if not delayed and found.stamped < 0.75:
        bad.append(f"the attack is blind: it finds only {found.stamped:.2f} with exact times")
    return bad


def proved(life, verdict, **wanted):
    seed, began = random.randrange(2**32), time.monotonic()
    attack = Attack(life, seed=seed, **wanted)
    found, count = attack.run(), len(attack.world.registrations)
    order = max(right for name, right in found.evenings.items() if name != "by_clock") / count
    best, right = found.nights.most_common(1)[0]
    within = [number for name, number in found.nights.items() if name.startswith("by_rank_within")]
    shares = {
        "with_exact_times": found.stamped,
        "evening_by_clock": found.evenings["by_clock"] / count,
        "evening_by_order": order,
        "floor_of_the_day": found.floor_of_day,
        "after_the_night_on_average": sum(within) / len(within) / count / ROUNDS,
        f"best_({best})": right / count / ROUNDS,
        "floor": found.floor,
    }
    told = {name: f"{100 * share:.2f} %" for name, share in shares.items()}
    say = f"linkage, {wanted['a_day']} a day, {'delayed' if wanted['delayed'] else 'at once'}, every {'day' if wanted['wait'] == DAY else 'minute'}"
    bad = faults(found, count, wait=wanted["wait"], delayed=wanted["delayed"])
    counts = {"people": wanted["people"], "registered": count, "attacks": len(found.nights), "seed": seed}
    verdict(say, bad, **counts, **told, seconds=round(time.monotonic() - began))
    return found, count


def test_a_small_vendors_days_are_not_linked_after_the_night(life, verdict):
    found, count = proved(life, verdict, people=150, a_day=100, wait=MINUTE, delayed=False)

    assert max(found.evenings.values()) / count > 4 * found.floor  # the order is there to be found before it
    assert max(found.first.values()) / count > 3 * found.floor  # on the first of two days


@pytest.mark.proof
@pytest.mark.parametrize("wait", [MINUTE, DAY], ids=["minute", "day"])
@pytest.mark.parametrize("delayed", [False, True], ids=["at_once", "delayed"])
@pytest.mark.parametrize("a_day", [50, 200, 1440])
def test_two_thousand_people_are_not_linked(life, verdict, a_day, delayed, wait):
    proved(life, verdict, people=2000, a_day=a_day, wait=wait, delayed=delayed)


def test_alignment_finds_what_order_and_cells_tell():
    """Two sequences of which one is contained in the other in one way only."""
    from uuid import uuid4

    cells = "abcabdaebf"
    theirs = [linking.Row(uuid4(), (cell, ""), simulation.FIRST.date()) for cell in cells]
    ours = [row._replace(id=uuid4()) for row in theirs if row.cell[0] in "cdef"]

    guessed = linking.by_alignment(ours, theirs)

    assert guessed == {mine.id: row.id for mine, row in zip(ours, [theirs[2], theirs[5], theirs[7], theirs[9]], strict=True)}
