"""A file with one role's settings: taken whole, instead of all others of ours, and only where nobody else can read it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from regsvc import envfile, placeholders
from regsvc.envfile import FileRefused

ROOT = Path(envfile.__file__).resolve().parent.parent
SECRET = "canary7q"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "operator"
    path.touch(mode=0o600)
    return path


def test_what_is_written_reads_back(file):
    settings = {"REGSVC_POSTAL_ADDRESS": "Example Inc., 1 Example Street", "DATABASE_URL": "postgresql://a:b=c@h/d", "EMPTY": ""}
    file.write_bytes(b"# a remark\n\n" + envfile.written(settings))

    assert envfile.read(file) == settings


def test_no_other_setting_of_ours_stays(file, monkeypatch):
    monkeypatch.setattr(os, "environ", {"PATH": "/bin", "REGSVC_ROLE": "all", "REDIS_URL": "x", "DATABASE_URL_FILE": "y"})
    file.write_text("REGSVC_ROLE=operator\n")

    envfile.take(file)

    assert os.environ == {"PATH": "/bin", "REGSVC_ROLE": "operator"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_is_refused(file, mode):
    file.chmod(mode)

    with pytest.raises(FileRefused, match="chmod 600"):
        envfile.read(file)


@pytest.mark.parametrize("content", [SECRET, f"export A={SECRET}", f"={SECRET}", f"a b={SECRET}", b"A=\xff"])
def test_what_is_no_setting_is_refused_and_not_repeated(file, content):
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(FileRefused) as caught:
        envfile.read(file)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("argv", [["--env-file"], ["--env-file", "no-such-file"], ["--env-file", "no-such-file", "check"]])
def test_wrong_usage_is_told_without_a_traceback(argv):
    done = subprocess.run(
        [sys.executable, "manage.py", *argv],
        cwd=ROOT,
        env=placeholders.inherited() | {"REGSVC_NO_VENV": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(("Usage: manage.py --env-file", "manage.py: --env-file"))
