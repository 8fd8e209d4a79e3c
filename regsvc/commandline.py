"""What `manage.py` knows besides Django's commands. It is read before any package is there."""

import os
import sys
from difflib import get_close_matches
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
    "demo": Command("devtools.demo", DEMO, "start the whole service with sample data; Ctrl-C stops it"),
    "tour": Command("devtools.tour", DEMO, "follow one registration and one product key, and show what is stored"),
    "test": Command("devtools.test", DEVELOPMENT, "run the tests; arguments go to pytest"),
    "check": Command("devtools.check", DEVELOPMENT, "check style, types, imports, settings and migrations"),
    "bench": Command("bench", DEVELOPMENT, "run all benchmarks, or only the one you name"),
}
ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
USAGE = 2
ENV_FILE = "--env-file"
HELP = ("help", "--help", "-h")
VERSION = ("version", "--version")
WITHOUT_SETTINGS = ("hardware_report",)
FRAMEWORK_OPTIONS = frozenset(  # every command has them; in our own help they would hide what is ours
    {"--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color"}
)


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
    if len(argv) == 2 and argv[1] in VERSION:  # noqa: PLR2004 (the program and one word)
        print(_version())
        return 0
    if argv[1] not in _names():
        print(_unknown(argv[1]), file=sys.stderr)
        return USAGE
    return _django(argv)


def _version() -> str:
    import django

    from regsvc import __version__

    return f"regsvc {__version__} (Django {django.get_version()})"


def _operations() -> list[str]:
    """Our own commands that Django runs."""
    return sorted(path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py"))


def _names() -> set[str]:
    """Every command that there is, found without any setting. Django's own search would remember what it found without them."""
    import django
    from django.core.management import find_commands

    home = Path(django.__file__).parent
    parts = (home / "core" / "management", *home.glob("contrib/*/management"), *home.parent.glob("*/management"))
    return {*COMMANDS, *HELP, *_operations(), *(name for part in parts for name in find_commands(str(part)))}


def _unknown(name: str) -> str:
    """What is said of a command that does not exist. An option in a command's place is no name to guess at."""
    nearest = get_close_matches(name, _names(), n=1)
    advice = f"did you mean {nearest[0]}?" if nearest else "`python3 manage.py help` lists all commands."
    return f"manage.py: Unknown command {name}: {advice}"


def _with_settings(argv: list[str]) -> int:
    """Run the rest of the command line with the settings of a file, and with no other of ours."""
    from regsvc import envfile

    if len(argv) < 4:  # noqa: PLR2004 (the program, the option, its file, and a command)
        print(f"Usage: manage.py {ENV_FILE} FILE COMMAND", file=sys.stderr)
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
    from django.core.management import BaseCommand, execute_from_command_line

    from regsvc import placeholders

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regsvc.settings")
    bare = "REGSVC_ROLE" not in os.environ
    wants_help = bool({*HELP} & {*argv[1:]})
    if wants_help and {*argv[1:]} & {*_operations()}:
        BaseCommand.suppressed_base_arguments = set(FRAMEWORK_OPTIONS)
    if bare and (wants_help or argv[1] in WITHOUT_SETTINGS):
        os.environ.update(placeholders.development(servers=placeholders.NOWHERE, keys=ROOT / ".local" / "no-keys"))
    try:
        execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        print(error, *([_hint(argv)] if bare else []), sep="\n", file=sys.stderr)
        return USAGE
    return 0


def _hint(argv: list[str]) -> str:
    """How a command gets the settings that nobody gave it."""
    command = " ".join(["python3 manage.py", ENV_FILE, "FILE", *argv[1:2]])
    lent = ROOT / ".local" / "demo" / "env"
    files = f" While it runs, the demo keeps such files in {lent.relative_to(ROOT)}/." if lent.is_dir() else ""
    return f"Take the settings from a role's file: {command} …{files}"


def overview() -> str:
    """The help page: our own commands first. It needs no settings."""
    from django.core.management import get_commands

    operations = _operations()
    return "\n".join(
        [
            f"Usage: python3 manage.py [{ENV_FILE} FILE] COMMAND [ARGUMENTS]",
            "",
            *(f"  {name:<7} {command.about}" for name, command in COMMANDS.items()),
            "",
            _paragraph("Operations (see --help of each)", operations),
            _paragraph("Django's own", sorted(get_commands().keys() - COMMANDS.keys() - set(operations))),
            f"{ENV_FILE} FILE: use only the settings in FILE (lines of NAME=value, mode 0600)",
        ]
    )


def _paragraph(title: str, names: list[str]) -> str:
    return fill(f"{title}: {', '.join(names)}", width=WIDTH, subsequent_indent="  ", break_on_hyphens=False)
