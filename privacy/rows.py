"""Many rows with one statement: each column travels as one array, so that the statement is short whatever it carries."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connections, models, router

from privacy.fields import SealedField
from privacy.sealing import Sealed


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytea(value: bytes) -> str:
    return f'"\\\\x{value.hex()}"'


SPELLING: dict[type[Any], Callable[[Any], str]] = {
    bytes: _bytea,
    Sealed: _bytea,
    str: _quoted,
    uuid.UUID: lambda value: value.hex,
    date: date.isoformat,
    int: str,
    bool: str,
    type(None): lambda _: "NULL",
}


def array(values: Iterable[Any]) -> str:
    """The values as PostgreSQL spells an array. It is still a value: it travels as a parameter, and the statement casts it.

    psycopg spells lists too, and takes ten times as long.
    """
    return "{" + ",".join([SPELLING[type(value)](value) for value in values]) + "}"


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of *model*, in their order. A sealed column takes sealed values only, as everywhere.

    Args:
        model: Whose table.
        columns: Its fields, by their names in the table.
        rows: A value for each of them.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    fields = {field.column: field for field in model._meta.concrete_fields}  # noqa: SLF001 (Django's own way to list columns)
    arrays = [_prepared(fields[column], values) for column, values in zip(columns, zip(*rows, strict=True), strict=True)]
    casts = ", ".join(f"%s::{_kind(fields[column])}[]" for column in columns)
    sql = f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) SELECT * FROM unnest({casts})'  # noqa: S608, SLF001
    with connection.cursor() as cursor:
        cursor.execute(sql, arrays)


def _prepared(field: Any, values: Sequence[Any]) -> str:
    sealed = isinstance(field, SealedField)
    return array([field.get_db_prep_save(value, None) for value in values] if sealed else values)


def _kind(field: Any) -> str:
    """The column's type without a length: a cast to `varchar(9)` would cut what an insert refuses."""
    return str(field.db_type(connections["default"])).partition("(")[0]
