"""The tour, walked for real, and how it tells."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.tour import cli, life
from devtools.tour.evidence import Values
from devtools.tour.story import Story
from regsvc import placeholders

ROOT = Path(cli.__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.xdist_group("demo")


def test_every_check_of_the_tour_holds(tmp_path):
    argv = [sys.executable, "manage.py", "tour", "--directory", str(tmp_path)]
    env = placeholders.inherited() | {"REGSVC_NO_VENV": "1"}

    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "✗" not in done.stdout
    assert done.stdout.count("✓") > 60
    assert f"\n{len(life.CHAPTERS) + 1}  What remains" in done.stdout


def test_a_check_that_does_not_hold_is_counted_and_named(capsys):
    story = Story()
    story.chapter("One")
    story.check("this holds", held=True)
    story.check("this does not", held=[])

    assert story.close() == 1

    told = capsys.readouterr().out
    assert "✓ this holds" in told
    assert "1 of 2 checks failed:\n    1: this does not" in told


@pytest.mark.parametrize(
    "spelled",
    [
        "Zoë Beispiel".encode(),
        "Zoë Beispiel".encode("utf-16-le"),
        b"Zo\\u00eb Beispiel",
        "Zoë Beispiel".encode().hex().encode(),
        *(base64.b64encode(bytes(shift) + "Zoë Beispiel".encode() + b"...") for shift in range(3)),
    ],
)
def test_a_value_is_found_however_it_is_spelled(spelled):
    assert Values({"name": "Zoë Beispiel"}).inside(b"\x00\xff" + spelled + b"\x00") == ["name"]


def test_a_value_that_is_not_there_is_not_found():
    assert Values({"name": "Zoë Beispiel"}).inside(b"Zo Beispiel, and more of that kind") == []
