"""The German catalogues: nothing without a translation, nothing that no text uses any more, and the same values in both."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.regsvc.test_pages import ROOT, messages

APPS = sorted(path.parent.parent.parent.parent.name for path in ROOT.glob("*/locale/de/LC_MESSAGES/django.po"))
VALUE = re.compile(r"%\(\w+\)[sd]")


def catalogue(app: str) -> Catalog:
    with (ROOT / app / "locale/de/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale="de")


def texts(message: Message) -> list[tuple[str, str]]:
    """Each English text of a message with its German one."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return list(zip(message.id, message.string, strict=True))


def used(file: Path) -> set[str]:
    """What may be a text in a source: in Python every string, because some are translated far from where they stand."""
    if file.suffix != ".py":
        return {text for pair in messages(file) for text in pair}
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


@pytest.fixture(scope="module")
def sources() -> set[str]:
    folders = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in {"tests", "bench"}]
    files = [each for folder in folders for each in folder.rglob("*") if each.suffix in {".py", ".html", ".txt"}]
    return {text for file in files for text in used(file)}


@pytest.mark.parametrize("app", APPS)
def test_every_message_is_translated_with_the_same_values(app):
    for message in catalogue(app):
        for english, german in texts(message) if message.id else ():
            assert german, english
            assert set(VALUE.findall(german)) == set(VALUE.findall(english)), english


@pytest.mark.parametrize("app", APPS)
def test_no_message_is_left_that_no_text_uses(app, sources):
    assert [text for message in catalogue(app) if message.id for text, _ in texts(message) if text not in sources] == []


@pytest.mark.parametrize("app", APPS)
def test_the_compiled_catalogue_says_the_same(app):
    with (ROOT / app / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:
        compiled = {pair for each in read_mo(file) if each.id for pair in texts(each)}

    assert compiled == {pair for each in catalogue(app) if each.id for pair in texts(each)}
