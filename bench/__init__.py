"""Benchmarks. Each compares with something else in interleaved rounds, checks its own work, and writes `results/<name>.json`."""

import argparse
from importlib import import_module
from typing import NamedTuple

LEAST_ROUNDS = 5


class Effort(NamedTuple):
    """How much is measured.

    Args:
        rounds: How often everything runs.
        seconds: How long each web server is under load in a round.
        letters: How many letters the registrar files in a round.
        counts: Whether the figures may be quoted; a quick run is only a try.
    """

    rounds: int
    seconds: float
    letters: int
    counts: bool


BENCHES = {
    "intake": "single registrations over HTTP, with 32 connections and 1 and 2 workers",
    "activate": "activations over HTTP with the certificate, against pgbench with the same statements",
    "registrar": "letters filed a second, against opening them and copying the rows",
}
FULL = Effort(rounds=7, seconds=3.0, letters=4000, counts=True)
QUICK = Effort(rounds=2, seconds=1.0, letters=1000, counts=False)


def main(argv: list[str]) -> int:
    """Run the benches that are named, or all. Returns 1 where one found its own work incomplete."""
    options = _options(argv)
    failed = [name for name in options.names or BENCHES if import_module(f"bench.{name}").run(_effort(options)) != 0]
    return 1 if failed else 0


def _options(argv: list[str]) -> argparse.Namespace:
    lines = [f"  {name:<12}{about}" for name, about in BENCHES.items()]
    parser = argparse.ArgumentParser(
        prog="manage.py bench",
        description=__doc__,
        epilog="\n".join(["benches:", *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], metavar="NAME", help="the benchmarks to run (default: all)")
    parser.add_argument(
        "--rounds", type=int, help=f"number of rounds (default: {FULL.rounds}); fewer than {LEAST_ROUNDS} write no results"
    )
    parser.add_argument("--seconds", type=float, help=f"seconds of load on each web server per round (default: {FULL.seconds:g})")
    parser.add_argument("--letters", type=int, help=f"letters filed per round (default: {FULL.letters})")
    parser.add_argument("--quick", action="store_true", help="a short trial run that writes no results")
    return parser.parse_args(argv)


def _effort(options: argparse.Namespace) -> Effort:
    effort = QUICK if options.quick else FULL
    given = {name: value for name in ("rounds", "seconds", "letters") if (value := getattr(options, name)) is not None}
    effort = effort._replace(**given)
    return effort._replace(counts=effort.counts and effort.rounds >= LEAST_ROUNDS)
