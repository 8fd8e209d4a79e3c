"""A table has one owner: nobody else names it, in SQL or otherwise."""

import re
from pathlib import Path

import pytest
from django.apps import apps

from regsvc import commandline

ROOT = Path(commandline.__file__).parent.parent
OURS = {model._meta.db_table: model._meta.app_label for model in apps.get_models() if (ROOT / model._meta.app_label).is_dir()}
ALLOWED = {  # rights and rewrites are of every table
    "regsvc/roles.py",
    "regsvc/row_shuffle.py",
}
NAMED = re.compile(rf"\b({'|'.join(sorted(OURS, key=len, reverse=True))})\b")
ADDRESSES = re.compile(r"admin:\w+")


def strangers(path, text):
    owner = path.relative_to(ROOT).parts[0]
    return {table for table in NAMED.findall(ADDRESSES.sub("", text)) if OURS[table] != owner}


def modules():
    """Everything that runs in production."""
    for app in {*OURS.values(), "regsvc", "web"}:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts and str(path.relative_to(ROOT)) not in ALLOWED:
                yield path


def test_nobody_names_another_apps_table():
    assert {str(path): found for path in modules() if (found := strangers(path, path.read_text()))} == {}


@pytest.mark.parametrize(("app", "found"), [("registration", {"intake_letter"}), ("intake", set())])
def test_the_search_finds_one(app, found):
    """The positive control."""
    assert strangers(ROOT / app / "queue.py", 'SQL = "SELECT 1 FROM intake_letter"') == found
