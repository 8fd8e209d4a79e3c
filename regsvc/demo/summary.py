"""What the demo says when it is ready."""

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from regsvc.demo import description, lending
from regsvc.demo.stage import WAIT, Stage
from regsvc.demo.telling import BOLD, DIM, GREEN, painted, say

PAGES = (
    ("Register", "public", "/register"),
    ("My registration", "public", "/my"),
    ("API", "public", "/api/docs"),
    ("Console", "console", "/console/"),
    ("Operators", "operator", "/console/"),
    ("Activate", "activation", "/activate"),
    ("Mails", "mail", "/"),
)
COMMAND = "python3 manage.py --env-file {} issue_keys --batch 9 --product srv-std --count 10 --out keys.txt"


def tell(stage: Stage, *, seconds: float) -> None:
    """The addresses, the sign-ins, and where things lie."""
    say(f"\n{painted('Ready', GREEN)} after {seconds:.0f} s.\n")
    urls = stage.ports.urls()
    _table([(name, f"{urls[role]}{path}") for name, role, path in PAGES])
    say()
    heads = f"{'Sign in as':<16}{'password':<20}role"
    say(f"  {painted(heads, BOLD)}")
    _table([(each.username, f"{each.password:<20}{each.role}") for each in stage.notes.staff])
    say()
    places = {"Mails lie in": stage.mails, "Logs": stage.logs, "For programs": stage.folder.with_name(description.NAME)}
    _table([(name, _short(path)) for name, path in places.items()])
    say()
    say(f"  {painted('Commands of a role, such as product keys by the operator:', BOLD)}")
    say(f"  {COMMAND.format(shlex.quote(_short(lending.place(stage, 'operator'))))}")
    say()
    _note(f"Letters are filed every second here (REGSVC_BATCH_WAIT={WAIT}); elsewhere it is 60 s, or a day.")
    _note("The operators' console is at `localhost` because cookies know no ports.")
    _note("Roles need two persons: what `admin` gives a new account, `privacy` approves.")
    _note("Plain HTTP is trusted on this machine only.")
    say("\nCtrl-C stops everything. The data stays; --fresh begins anew.")


def _table(rows: Iterable[tuple[str, str]]) -> None:
    for name, text in rows:
        say(f"  {name:<16}{text}")


def _note(text: str) -> None:
    say(f"  {painted(text, DIM)}")


def _short(path: Path) -> str:
    """The path from here, if it is shorter."""
    return min(str(path), os.path.relpath(path, os.environ.get("PWD", ".")), key=len)
