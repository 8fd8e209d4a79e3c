"""What of the bootstrap can be seen without a download."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from regsvc import bootstrap, commandline
from regsvc.env import HEADING

ROOT = Path(bootstrap.__file__).resolve().parent.parent
FILES = list(bootstrap.INCLUDES)


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """An environment that runs; it has whatever its stamp says."""
    monkeypatch.setattr(bootstrap, "_inside", lambda: True)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".requirements")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    for name in FILES:
        (tmp_path / name).write_text(name)
    return tmp_path


def stamp(venv: Path, requirements: str) -> None:
    (venv / ".requirements").write_text("\n".join(map(bootstrap._line, bootstrap.INCLUDES[requirements])))
    (venv / ".requirements").chmod(0o755)


@pytest.mark.parametrize("installed", range(3))
def test_a_larger_set_counts_for_a_smaller_one(venv, installed):
    stamp(venv, FILES[installed])

    assert [bootstrap._complete(name) for name in FILES] == [wanted <= installed for wanted in range(3)]


def test_a_changed_file_does_not_count(venv):
    stamp(venv, FILES[2])
    (venv / FILES[1]).write_text("changed")

    assert [bootstrap._complete(name) for name in FILES] == [True, False, True]


def test_no_stamp_does_not_count(venv):
    assert not bootstrap._complete(FILES[0])


def test_an_environment_that_lost_its_modes_does_not_count(venv):
    stamp(venv, FILES[0])
    (venv / ".requirements").chmod(0o644)

    assert not bootstrap._complete(FILES[0])


def test_an_environment_without_an_interpreter_does_not_count(venv, monkeypatch):
    stamp(venv, FILES[0])
    monkeypatch.setattr(bootstrap, "_inside", lambda: False)
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")

    assert not bootstrap._complete(FILES[0])


def test_an_environment_may_be_a_link(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".venv").symlink_to("elsewhere")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))

    assert bootstrap._inside()


def test_an_image_brings_its_own_packages(venv, monkeypatch):
    monkeypatch.setenv("REGSVC_NO_VENV", "1")

    bootstrap.enter(FILES[2])

    assert not (venv / ".requirements").exists()


def test_an_old_python_can_read_manage_py():
    ast.parse((ROOT / "manage.py").read_text(encoding="utf-8"), feature_version=(3, 4))


def test_an_old_python_says_what_it_needs():
    script = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path('manage.py', run_name='__main__')"

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "manage.py: You need Python 3.11 or newer. This is Python 3.9.\n")


@pytest.mark.parametrize(
    ("argv", "file"),
    [
        ([], "requirements.txt"),
        (["migrate"], "requirements.txt"),
        (["demo", "--fresh"], "requirements-demo.txt"),
        (["tour"], "requirements-demo.txt"),
        (["test"], "requirements-dev.txt"),
        (["check"], "requirements-dev.txt"),
        (["bench", "intake"], "requirements-dev.txt"),
    ],
)
def test_each_command_installs_no_more_than_it_needs(argv, file):
    assert commandline.requirements(argv) == file


@pytest.mark.parametrize("argv", [[], ["help"], ["--help"]])
def test_help_needs_no_settings_and_begins_with_our_commands(argv):
    env = {"PATH": os.environ["PATH"], "REGSVC_NO_VENV": "1"}

    done = subprocess.run([sys.executable, "manage.py", *argv], cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    names = [line.split()[0] for line in done.stdout.splitlines()[2:7]]
    assert (done.returncode, names) == (0, ["demo", "tour", "test", "check", "bench"])


@pytest.mark.parametrize("argv", [["issue_keys", "--help"], ["keys", "roots", "-h"], ["test", "--help"]])
def test_each_command_explains_itself_without_settings(argv):
    env = {"PATH": os.environ["PATH"], "REGSVC_NO_VENV": "1"}

    done = subprocess.run([sys.executable, "manage.py", *argv], cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert "usage: " in done.stdout
    assert "Traceback" not in done.stderr


def test_settings_that_are_missing_are_told_without_a_traceback():
    env = {"PATH": os.environ["PATH"], "REGSVC_NO_VENV": "1"}
    argv = [sys.executable, "manage.py", "keys", "status"]

    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{HEADING}\n  REGSVC_ROLE is not set\n")
    assert "Traceback" not in done.stderr
