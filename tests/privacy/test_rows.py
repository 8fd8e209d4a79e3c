"""Rows that are written many at a time: every value comes back as it was, and none is cut or taken for something else."""

import pytest
from django.db import DataError, connection
from hypothesis import given
from hypothesis import strategies as st

from catalogue.models import Manufacturer
from keystore.models import Suppression
from privacy import rows

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
COLUMNS = {
    "bytea": st.binary(),
    "text": TEXT,
    "uuid": st.uuids(version=4),
    "date": st.dates(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "bool": st.booleans(),
}


def back(kind, values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM unnest(%s::{kind}[])", [rows.array(values)])
        return [bytes(value) if isinstance(value, memoryview) else value for (value,) in cursor.fetchall()]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", COLUMNS)
@given(data=st.data())
def test_every_value_comes_back_as_it_was(kind, data):
    values = data.draw(st.lists(st.none() | COLUMNS[kind], max_size=20))

    assert back(kind, values) == values


@pytest.mark.django_db
@pytest.mark.parametrize("text", ['"', "\\", "{}", "NULL", "null", "a,b", "'; --", "", " ", '\\"', "\u2028", "x\ny"])
def test_a_text_that_looks_like_syntax_is_only_text(text):
    assert back("text", [text, None, text]) == [text, None, text]


@pytest.mark.django_db
def test_a_text_that_is_too_long_is_refused_and_not_cut():
    with pytest.raises(DataError):
        rows.copy(Manufacturer, ("code", "name"), [("x" * 10_000, "Example")])


@pytest.mark.django_db
def test_a_value_of_a_kind_that_has_no_spelling_is_refused():
    with pytest.raises(KeyError):
        rows.array([object()])


@pytest.mark.django_db(databases=["default", "keystore"])
def test_rows_go_to_the_store_of_their_model():
    rows.copy(Suppression, ("mac", "purpose"), [(b"\0\\x", "updates/vendor"), (b"", "offers/acme")])

    found = Suppression.objects.using("keystore").order_by("mac").values_list("mac", "purpose")
    assert [(bytes(mac), purpose) for mac, purpose in found] == [(b"", "offers/acme"), (b"\0\\x", "updates/vendor")]


def test_nothing_is_no_statement():
    rows.copy(Suppression, ("mac", "purpose"), [])
