"""What `manage.py` knows besides Django's commands. It is read before any package is there."""

import os
import sys
from importlib import import_module
from pathlib import Path
from textwrap import fill
from typing import NamedTuple


class Command(NamedTuple):
    """A command of our own: a function `main(argv) -> int`, and what must be installed for it."""

    module: str
    requirements: str
    about: str


DEVELOPMENT = "requirements-dev.txt"
DEMO = "requirements-demo.txt"
PRODUCTION = "requirements.txt"
COMMANDS = {
    "demo": Command("regsvc.demo", DEMO, "start everything from nothing, with sample data; Ctrl-C stops it"),
    "tour": Command("regsvc.tour", DEMO, "walk through one registration and one product key, and show what is stored"),
    "test": Command("regsvc.develop.test", DEVELOPMENT, "run the tests; arguments go to pytest"),
    "check": Command("regsvc.develop.check", DEVELOPMENT, "check style, types, imports, settings and migrations"),
    "bench": Command("bench", DEVELOPMENT, "run the benchmarks, or the one that is named"),
}
ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
USAGE = 2
ENV_FILE = "--env-file"
HELP = ("help", "--help", "-h")


def requirements(argv: list[str]) -> str:
    """The requirements file of a command line."""
    command = COMMANDS.get(argv[0]) if argv else None
    return command.requirements if command else PRODUCTION


def run(argv: list[str]) -> int:
    """Run the command line, the program's name first. Django's commands end the process themselves when they fail."""
    if argv[1:2] == [ENV_FILE]:
        return _with_settings(argv)
    if command := COMMANDS.get(argv[1]) if len(argv) > 1 else None:
        return int(import_module(command.module).main(argv[2:]))
    if len(argv) == 1 or (len(argv) == 2 and argv[1] in HELP):  # noqa: PLR2004 (the program and one word)
        print(overview())
        return 0
    return _django(argv)


def _with_settings(argv: list[str]) -> int:
    """Run the rest of the command line with the settings of a file, and with no other of ours."""
    from regsvc import envfile

    if len(argv) < 4:  # noqa: PLR2004 (the program, the option, its file, and a command)
        print(f"manage.py: {ENV_FILE} FILE COMMAND", file=sys.stderr)
        return USAGE
    try:
        envfile.take(Path(argv[2]))
    except envfile.FileRefused as refused:
        print(f"manage.py: {ENV_FILE}: {refused}", file=sys.stderr)
        return USAGE
    return run([argv[0], *argv[3:]])


def _django(argv: list[str]) -> int:
    """Run a command of Django's. Help is given without any setting; a setting that is missing is told without a traceback."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from regsvc.develop import environment

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regsvc.settings")
    if {*HELP} & {*argv[1:]} and "REGSVC_ROLE" not in os.environ:
        os.environ.update(environment.development(servers=environment.NOWHERE, keys=ROOT / ".local" / "no-keys"))
    try:
        execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        return USAGE
    return 0


def overview() -> str:
    """The help page: our own commands first. It needs no settings."""
    from django.core.management import get_commands

    operations = sorted(path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py"))
    return "\n".join(
        [
            f"Usage: python3 manage.py [{ENV_FILE} FILE] COMMAND [ARGUMENTS]",
            "",
            *(f"  {name:<7} {command.about}" for name, command in COMMANDS.items()),
            "",
            _paragraph("Operations (each explains itself with --help)", operations),
            _paragraph("Django's own", sorted(get_commands().keys() - COMMANDS.keys() - set(operations))),
            f"{ENV_FILE} FILE: take the settings from FILE (NAME=value lines, 0600), and no other of ours",
        ]
    )


def _paragraph(title: str, names: list[str]) -> str:
    return fill(f"{title}: {', '.join(names)}", width=WIDTH, subsequent_indent="  ", break_on_hyphens=False)
