"""`manage.py check`: what a reviewer would run. A line a step; a step that fails shows why."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from devtools import environment
from regsvc import placeholders

ROOT = Path(__file__).resolve().parent.parent
SIDE_BY_SIDE = 2
DJANGO = ("-W", "error", "-m", "django", "check", "--fail-level", "WARNING")
IMPORTS = ("-c", "import sys; from importlinter import cli; sys.exit(cli.lint_imports(no_logo=True))")
LINT = ("-m", "ruff", "check", "--quiet", ".")
FORMAT = ("-m", "ruff", "format", "--check", "--quiet", ".")


class Step(NamedTuple):
    """One check: what Python runs, in which environment."""

    name: str
    argv: tuple[str, ...]
    env: dict[str, str]


class Outcome(NamedTuple):
    """How a step ended."""

    name: str
    passed: bool
    seconds: float
    output: str


def steps(keys: Path) -> list[Step]:
    """All checks, the longest first. *keys* is a key directory that is filled."""
    ours = placeholders.development(servers=placeholders.NOWHERE, keys=keys)
    public = environment.production(keys=keys)
    return [
        Step("types (mypy)", ("-m", "mypy"), ours),
        Step("lint (ruff)", LINT, {}),
        Step("format (ruff)", FORMAT, {}),
        Step("imports (import-linter)", IMPORTS, {}),
        Step("Django checks", DJANGO, ours),
        Step("Django checks, production", (*DJANGO, "--deploy"), public),
        Step("migrations complete", ("-m", "devtools.drift"), ours),
        Step("generated pages current", ("-m", "devtools.pages"), ours),
    ]


def run(step: Step) -> Outcome:
    """Run one step and say how long it took."""
    begun = time.monotonic()
    settings = {"DJANGO_SETTINGS_MODULE": "regsvc.settings", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *step.argv],
        cwd=ROOT,
        env=placeholders.inherited() | settings | step.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(step.name, done.returncode == 0, time.monotonic() - begun, done.stdout)


def main(argv: list[str]) -> int:
    """Run every step, or with `--write-pages` write the generated pages and nothing else."""
    options = _parser().parse_args(argv)
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        if environment.begin_keys(keys).wait() != 0:
            return 1
        if options.write_pages:
            return _write_pages(keys)
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            outcomes = list(map(_report, pool.map(run, steps(keys))))
    return 0 if all(outcomes) else 1


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="manage.py check",
        description="Check what a reviewer would check: types, style, imports, Django's checks (also with production settings), "
        "migrations and the generated pages in docs/. Exit code 1 if anything fails.",
        allow_abbrev=False,
    )
    made.add_argument("--write-pages", action="store_true", help="write the generated pages and check nothing")
    return made


def _report(outcome: Outcome) -> bool:
    print(f"{'ok  ' if outcome.passed else 'FAIL'} {outcome.name:<28}{outcome.seconds:6.1f} s", flush=True)
    if not outcome.passed:
        print(outcome.output.rstrip())
    return outcome.passed


def _write_pages(keys: Path) -> int:
    ours = placeholders.development(servers=placeholders.NOWHERE, keys=keys)
    outcome = run(Step("pages", ("-m", "devtools.pages", "--write"), ours))
    print(outcome.output.rstrip())
    return 0 if outcome.passed else 1
