"""What the demo says when it is ready."""

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from devtools.demo import description, env_files
from devtools.demo.terminal import BOLD, DIM, GREEN, painted, say
from devtools.demo.workspace import WAIT, Stage

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
    places = {"Mails": stage.mails, "Logs": stage.logs, "For programs": stage.folder.with_name(description.NAME)}
    _table([(name, _short(path)) for name, path in places.items()])
    say()
    say(f"  {painted('To run a command as a role, such as issuing product keys as the operator:', BOLD)}")
    say(f"  {COMMAND.format(shlex.quote(_short(env_files.place(stage, 'operator'))))}")
    say()
    _note(f"In the demo, letters are filed every second (REGSVC_BATCH_WAIT={WAIT}). The default is 60 seconds.")
    _note("The operators' console is at `localhost` because cookies are shared between ports.")
    _note("Roles need two people: `privacy` approves the roles that `admin` gives a new account.")
    _note("Plain HTTP is allowed only on this machine.")
    say("\nPress Ctrl-C to stop everything. The data is kept; --fresh starts over.")


def _table(rows: Iterable[tuple[str, str]]) -> None:
    for name, text in rows:
        say(f"  {name:<16}{text}")


def _note(text: str) -> None:
    say(f"  {painted(text, DIM)}")


def _short(path: Path) -> str:
    """The path from here, if it is shorter."""
    return min(str(path), os.path.relpath(path, os.environ.get("PWD", ".")), key=len)
