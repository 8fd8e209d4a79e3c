"""The command reads and writes one document, and says clearly what is wrong."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalogue import publishing, snapshot
from devtools import demo
from tests.catalogue.samples import document

DEMO = Path(demo.__file__).parent / "catalogue.json"


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("catalogue", *words, stdout=out)
    return out.getvalue()


def test_what_is_exported_can_be_imported(stocked: dict[str, Any], tmp_path: Path) -> None:
    exported = tmp_path / "catalogue.json"
    exported.write_text(run("export"), encoding="utf-8")

    assert run("import", str(exported)) == "0 added, 0 changed, 0 published, 0 retired.\n"
    assert json.loads(exported.read_text(encoding="utf-8")) == publishing.dump()


def test_a_dash_reads_standard_input(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(document()).encode())))

    assert run("import", "-") == "13 added, 0 changed, 8 published, 0 retired.\n"


@pytest.mark.parametrize(
    "raw, said",
    [
        (b"\xff", "in UTF-8"),
        (b'{"products": [', "line 1, column 15"),
        (b'{"products": [], "products": []}', "a duplicate field"),
        (b'{"products": [{"code": "srv-std"}]}', "/products/0/name: this field is missing"),
    ],
)
def test_a_bad_file_is_told_clearly(db: None, tmp_path: Path, raw: bytes, said: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(raw)

    with pytest.raises(CommandError, match=said) as caught:
        run("import", str(bad))
    assert caught.value.returncode == 1


def test_a_missing_file_is_told_clearly(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="could not be read"):
        run("import", str(tmp_path / "nothing.json"))


def test_the_demo_catalogue_offers_four_choices_in_both_languages(db: None) -> None:
    assert run("import", str(DEMO)) == "19 added, 0 changed, 14 published, 0 retired.\n"

    there = snapshot.current()
    assert there.languages() == ("de", "en")
    for maker in there.manufacturers:
        shown = {language: [choice.text for choice in there.choices("srv-std", maker, language)] for language in ("de", "en")}
        assert len(set(shown["de"] + shown["en"])) == 8
