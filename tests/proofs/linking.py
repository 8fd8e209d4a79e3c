"""The attacker: has complete dumps of both stores as a superuser makes them, and no key. Guesses whose registration is whose activation."""

import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, product
from typing import NamedTuple

from tests.proofs.simulation import BATCHES, Cell
from tests.scenario import superuser

OF_BATCH = {number: cell for cell, number in BATCHES.items()}
PLACE = "(({0}.ctid::text::point)[0] * 1000 + ({0}.ctid::text::point)[1])::bigint"
KINDS = ("place", "writer", "locker")  # ctid, xmin, xmax
REGISTRATION_TABLES = (
    ("default", "registration_consentrecord"),
    ("default", "registration_confirmation"),
    ("keystore", "keystore_grant"),
    ("keystore", "keystore_emailindex"),
    ("keystore", "keystore_token"),
)
STRANGE = 1e-6  # how likely an alignment takes a pair that does not fit: so that there always is an alignment
Order = Mapping[uuid.UUID, int]
Guesses = dict[uuid.UUID, uuid.UUID]


class Row(NamedTuple):
    """A registration or an activation, as a dump shows it."""

    id: uuid.UUID
    cell: Cell
    day: date  # of a registration, the first of its month


@dataclass
class Dump:
    """The rows of one side, and every order that can be read from what stands beside them."""

    rows: list[Row]
    orders: dict[str, Order]

    def sorted(self, order: str, only: Callable[[Row], bool] = lambda _: True) -> list[Row]:
        """The rows in an order; those of the same rank by chance."""
        rank, rows = self.orders[order], [row for row in self.rows if only(row)]
        random.shuffle(rows)
        return sorted(rows, key=lambda row: rank.get(row.id, 0))


def marks(table: str) -> str:
    return f"{PLACE.format(table)}, {table}.xmin::text::bigint, {table}.xmax::text::bigint"


def orders(table: str, found: Iterable[tuple[uuid.UUID, tuple[int, ...]]]) -> dict[str, Order]:
    made: dict[str, dict[uuid.UUID, int]] = {f"{table} {kind}": {} for kind in KINDS}
    for row, numbers in found:
        for order, number in zip(made.values(), numbers, strict=True):
            order.setdefault(row, number)
    return made


def ids(found: Iterable[tuple[uuid.UUID, object]], turn: int) -> Order:
    """The order of ids from one of their bytes on: each could be a count or a time."""
    return {row[0]: int.from_bytes(row[0].bytes[turn:] + row[0].bytes[:turn]) for row in found}


def registrations(turn: int = 0) -> Dump:
    sql = f"SELECT id, product_id, coalesce(manufacturer_id, ''), month, {marks('r')} FROM registration_registration r"
    found = superuser("default", sql)
    dump = Dump([Row(row[0], row[1:3], row[3]) for row in found], {"id": ids(found, turn)})
    dump.orders |= orders("registration", [(row[0], row[4:]) for row in found])
    for store, table in REGISTRATION_TABLES:
        lines = superuser(store, f"SELECT registration_id, {marks('t')} FROM {table} t ORDER BY t.ctid")
        dump.orders |= orders(table.partition("_")[2], [(row[0], row[1:]) for row in lines])
    return dump


def activations(turn: int = 0) -> Dump:
    found = superuser(
        "activation",
        f"SELECT b.id, k.batch_id, b.bound_on, {marks('b')}, {marks('s')}, {marks('k')} FROM activation_binding b "
        "JOIN activation_keyslot s ON s.id = b.slot_id JOIN activation_productkey k ON k.id = s.key_id",
    )
    dump = Dump([Row(row[0], OF_BATCH[row[1]], row[2]) for row in found], {"id": ids(found, turn)})
    for number, table in enumerate(("binding", "slot", "key")):
        dump.orders |= orders(table, [(row[0], row[3 + 3 * number : 6 + 3 * number]) for row in found])
    return dump


def by_rank(ours: Sequence[Row], theirs: Sequence[Row]) -> Guesses:
    """The registration in the middle goes with the activation in the middle, and so on."""
    if not theirs:
        return {}
    return {row.id: theirs[(2 * number + 1) * len(theirs) // (2 * len(ours))].id for number, row in enumerate(ours)}


def by_rank_within(ours: Sequence[Row], theirs: Sequence[Row]) -> Guesses:
    """The same among those that fit."""
    cells: dict[Cell, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((ours, theirs)):
        for row in rows:
            cells[row.cell][side].append(row)
    return {ours: guess for pair in cells.values() for ours, guess in by_rank(*pair).items()}


def by_alignment(ours: Sequence[Row], theirs: Sequence[Row]) -> Guesses:
    """The likeliest partner of each over all alignments that keep both orders: all that orders and cells can tell together."""
    if not ours or len(theirs) < len(ours):
        return {}
    cells = [row.cell for row in theirs]
    ahead = _ways([row.cell for row in ours], cells)
    behind = [list(reversed(ways)) for ways in reversed(_ways([row.cell for row in reversed(ours)], cells[::-1]))]
    guesses = {}
    for row, before, after in zip(ours, ahead, behind, strict=True):
        fit = (place for place, cell in enumerate(cells) if cell == row.cell)
        place = max(fit, key=lambda place: before[place] * after[place], default=None)
        if place is not None:
            guesses[row.id] = theirs[place].id
    return guesses


def _ways(ours: Sequence[Cell], theirs: Sequence[Cell]) -> list[list[float]]:
    """For each of ours and each of theirs: in how many ways the ones before can be aligned, if these two belong together."""
    rows, before = [], [1.0] * len(theirs)
    for cell in ours:
        ways = [count * (cell == other or STRANGE) for count, other in zip(before, theirs, strict=True)]
        total = sum(ways) or 1.0
        ways = [count / total for count in ways]
        rows.append(ways)
        before = [0.0, *accumulate(ways)][: len(theirs)]
    return rows


def by_clock(ours: Sequence[tuple[Row, datetime]], theirs: Sequence[tuple[Row, datetime]], *, back: timedelta) -> Guesses:
    """The last activation that fits, a time *back* before the registration: for stores or logs that hold times."""
    guesses = {}
    for row, moment in ours:
        fit = [(abs(moment - back - when), other.id) for other, when in theirs if other.cell == row.cell and when < moment]
        if fit:
            guesses[row.id] = min(fit)[1]
    return guesses


def fits(row: Row, other: Row) -> bool:
    """Whether the values that both stores must hold allow that two rows belong together."""
    return row.cell == other.cell and row.day - timedelta(days=1) <= other.day and other.day.replace(day=1) <= row.day


def floor(ours: Sequence[Row], theirs: Sequence[Row], *, fits: Callable[[Row, Row], bool] = fits) -> float:
    """The share of right guesses that values alone allow: one of all that fit, for each registration."""
    groups = Counter((row.cell, row.day) for row in theirs)
    candidates = {
        (row.cell, row.day): sum(count for key, count in groups.items() if fits(row, Row(row.id, *key))) for row in ours
    }
    return sum(1 / max(candidates[row.cell, row.day], 1) for row in ours) / max(len(ours), 1)


def every_order(ours: Dump, theirs: Dump, truth: Mapping[uuid.UUID, uuid.UUID]) -> Counter[str]:
    """Right guesses of each attack by each pair of orders, month by month."""
    right: Counter[str] = Counter()
    for month in sorted({row.day for row in ours.rows}):
        mine = {name: ours.sorted(name, lambda row, month=month: row.day == month) for name in ours.orders}
        others = {name: theirs.sorted(name, lambda row, month=month: row.day.replace(day=1) == month) for name in theirs.orders}
        for (name, rows), (other, those) in product(mine.items(), others.items()):
            for attack in (by_rank, by_rank_within):
                right[f"{attack.__name__}, {name}, {other}"] += hits(attack(rows, those), truth)
        name, other = "registration place", "binding place"
        right[f"by_alignment, {name}, {other}"] += hits(by_alignment(mine[name], others[other]), truth)
    return right


def hits(guesses: Guesses, truth: Mapping[uuid.UUID, uuid.UUID]) -> int:
    return sum(truth[row] == guess for row, guess in guesses.items())
