"""How often the hardware hash errs, worked out exactly from a stated model. `manage.py hardware_report` prints it.

The model: unit ids are uniform. Models are as popular as Zipf's law says, and their digests are spread by the product key.
Components are independent, so the exact probability is a sum over the 256 ways in which eight components can match.
"""

import itertools
import math
from typing import NamedTuple

from activation.hardware import COMPONENTS, MATCHING, Component, Matching

MODELS = {"processor": 200, "graphics": 150, "firmware": 12}  # how many models, Zipf-distributed
MEMORY = (0.02, 0.08, 0.30, 0.35, 0.20, 0.05)
MILLION = 1_000_000
PROFILES = ((3, 1), (4, 1), (5, 2), (6, 3), (8, 3))
HEAD = ("unit/model bits", "bits", "strangers", "same model", "cloned image", "also fits per million", "exact twins per million")


class Figures(NamedTuple):
    """The figures of one width.

    Args:
        bits: The whole hash.
        strangers: Chance that two unrelated computers are taken for the same.
        fleet: The same for two computers of one model.
        cloned: Chance that a cloned image on equal hardware passes: the system id is copied.
        fits: Computers of a million that a stored hash also fits.
        twins: Computers of a million with exactly the same hash.
    """

    bits: int
    strangers: float
    fleet: float
    cloned: float
    fits: float
    twins: float


def work_out(matching: Matching, *, unit_bits: int = 6, model_bits: int = 3) -> Figures:
    """The figures of a rule at given widths."""
    components = tuple(part._replace(bits=unit_bits if part.unit else model_bits) for part in COMPONENTS)
    chances = [_chance(part) for part in components]
    fleet = [chance if part.unit else 1.0 for part, chance in zip(components, chances, strict=True)]
    cloned = [1.0 if part.name == "system" else chance for part, chance in zip(components, fleet, strict=True)]
    strangers = passing(matching, chances)
    return Figures(
        bits=sum(part.bits for part in components),
        strangers=strangers,
        fleet=passing(matching, fleet),
        cloned=passing(matching, cloned),
        fits=strangers * MILLION,
        twins=MILLION / 2 ** sum(_entropy(part) for part in components),
    )


def table() -> list[str]:
    """The figures of every width as lines of Markdown. The shipped width is 6/3."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    for unit_bits, model_bits in PROFILES:
        made = work_out(MATCHING["m1"], unit_bits=unit_bits, model_bits=model_bits)
        shown = (f"{value:.1e}" for value in (made.strangers, made.fleet, made.cloned))
        cells = (f"{unit_bits}/{model_bits}", str(made.bits), *shown, f"{made.fits:,.0f}", f"{made.twins:.1e}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def passing(matching: Matching, chances: list[float]) -> float:
    """The chance that enough components match, each with its own chance."""
    total = 0.0
    for matches in itertools.product((False, True), repeat=len(COMPONENTS)):
        score = sum(weight for weight, match in zip(matching.weights, matches, strict=True) if match)
        units = sum(part.unit and match for part, match in zip(COMPONENTS, matches, strict=True))
        if score >= matching.least and units >= matching.units:
            total += math.prod(chance if match else 1 - chance for chance, match in zip(chances, matches, strict=True))
    return total


def popularity(name: str) -> list[float]:
    """How common each model of a component is."""
    if name == "memory":
        return list(MEMORY)
    ranks = [1 / rank for rank in range(1, MODELS[name] + 1)]
    return [rank / sum(ranks) for rank in ranks]


def _chance(component: Component) -> float:
    """The chance that two computers have the same digest: the same value, or two values that the digest maps to one."""
    values = (1 << component.bits) - 1
    if component.unit:
        return 1 / values
    same = sum(share * share for share in popularity(component.name))
    return same + (1 - same) / values


def _entropy(component: Component) -> float:
    """Bits that the digest can tell at most."""
    if component.unit:
        return component.bits
    return min(component.bits, -sum(share * math.log2(share) for share in popularity(component.name)))
