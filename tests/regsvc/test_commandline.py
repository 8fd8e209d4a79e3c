"""The command line: what is typed wrong is told at once, and help says what is ours."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from devtools import check
from regsvc import commandline, placeholders
from regsvc.env import HEADING

ROOT = Path(commandline.__file__).resolve().parent.parent


def manage(*argv: str) -> subprocess.CompletedProcess[str]:
    env = placeholders.inherited() | {"REGSVC_NO_VENV": "1"}
    argv = (sys.executable, "manage.py", *argv)
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("dmo", "manage.py: Unknown command dmo: did you mean demo?\n"),
        ("isue_keys", "manage.py: Unknown command isue_keys: did you mean issue_keys?\n"),
        ("zzzzzz", "manage.py: Unknown command zzzzzz: `python3 manage.py help` lists all commands.\n"),
    ],
)
def test_a_typo_is_told_before_the_environment_is_judged(typed, told):
    done = manage(typed)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_every_command_that_there_is_is_known():
    assert commandline._names() >= {*get_commands(), *commandline._operations(), *commandline.COMMANDS}


@pytest.mark.parametrize("argv", [["staff", "list"], ["migrate"]])
def test_a_command_without_settings_says_where_they_come_from(argv):
    done = manage(*argv)

    assert done.returncode == 2
    assert done.stderr.startswith(f"{HEADING}\n")
    assert f"python3 manage.py --env-file FILE {argv[0]} …" in done.stderr


def test_what_needs_no_settings_runs_without():
    assert manage("hardware_report").returncode == 0


def test_the_version_is_ours_and_djangos():
    done = manage("--version")

    assert re.fullmatch(r"regsvc \d+\.\d+\.\S+ \(Django 5\.2\.\d+\)\n", done.stdout)


def test_the_help_of_our_commands_shows_what_is_ours_and_not_the_frameworks():
    name = random.choice(commandline._operations())  # each starts Django: one a run
    done = manage(name, "--help")

    assert done.returncode == 0, name
    assert "usage: " in done.stdout, name
    assert "--pythonpath" not in done.stdout, name
    assert "--verbosity" not in done.stdout, name


def test_checks_help_checks_nothing(capsys):
    with pytest.raises(SystemExit) as ended:
        check.main(["--help"])

    assert ended.value.code == 0
    assert "--write-pages" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["--nosuch"], ["--write"], ["nosuch"]])
def test_check_refuses_what_it_does_not_know(argv, capsys):
    with pytest.raises(SystemExit) as ended:
        check.main(argv)

    assert ended.value.code == 2
    assert "unrecognized arguments" in capsys.readouterr().err
