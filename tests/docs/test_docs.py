"""The pages say what is there: links lead somewhere, every setting is described, and every command named exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from regsvc import commandline, roles

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "tests" / "README.md"])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
LINK = re.compile(r"\]\(([^)\s]+)\)")
SETTING = re.compile(r'"((?:REGSVC|DATABASE|KEYSTORE|ACTIVATION|REDIS)_[A-Z_]+)"')
COMMAND = re.compile(r"manage\.py ([a-z][a-z_]+)")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def anchors(page):
    """A page's headings as the addresses that they get."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page, text):
    for target in LINK.findall(FENCE.sub("", text)):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


def settings_read():
    """Names only: each can also be given as NAME_FILE."""
    return {name.removesuffix("_FILE") for name in SETTING.findall((ROOT / "regsvc" / "settings.py").read_text())}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_relative_link_leads_somewhere(page):
    assert list(broken_links(page, page.read_text())) == []


def test_a_link_that_leads_nowhere_is_found():
    text = "[a](no-such-page.md) [b](README.md#no-such-heading) [c](docs/flows.md)"

    assert list(broken_links(ROOT / "README.md", text)) == ["no-such-page.md", "README.md#no-such-heading"]


def test_every_setting_has_its_row_in_operations():
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE))

    assert len(settings_read()) > 25
    assert rows == settings_read()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_named_exists(page):
    known = set(get_commands()) | set(commandline.COMMANDS)

    assert set(COMMAND.findall(page.read_text())) <= known


def test_every_role_is_named_in_operations():
    text = (ROOT / "docs" / "operations.md").read_text()

    assert [name for name in roles.ROLES if f"`{name}`" not in text] == []


def test_pages_hold_no_path_of_a_machine():
    found = [name for name, page in zip(NAMES, PAGES, strict=True) if re.search(r"/(work|tmp|home|root)/", page.read_text())]

    assert found == []
