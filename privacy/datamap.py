"""The data map: every column says whether it is personal, and why, how long and for whom if it is.

Every model of ours declares `personal = {column: what}` and `not_personal = (columns…)`. What a sealed compartment holds is
declared on the fields of its struct, as `Annotated[type, Personal(...)]`. What must be complete (a person's copy, erasure, the
docs page) is derived from here.
"""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from django.apps import AppConfig, apps
from django.core import checks
from django.db.models import Model

from privacy.fields import SealedField


class Personal(NamedTuple):
    """Why a value is kept.

    Args:
        purpose: What it is for, in a few words.
        basis: The legal basis: `consent`, `contract`, `legitimate-interest` or `legal-obligation`.
        keep: How long, in words.
        reveal: The roles that may read it.
    """

    purpose: str
    basis: str
    keep: str
    reveal: tuple[str, ...] = ()


class Entry(NamedTuple):
    """One line of the map."""

    model: str
    column: str
    value: str
    personal: Personal


def own_models() -> list[type[Model]]:
    """Every model that this project defines."""
    return [model for app in apps.get_app_configs() if _ours(app) for model in app.get_models()]


def _ours(app: AppConfig) -> bool:
    return not app.name.startswith(("django", "rest_framework", "drf_", "accounts.apps"))


def fields_of(kind: type[msgspec.Struct]) -> dict[str, Personal]:
    """What each field of a sealed struct declares. A field that declares nothing is absent."""
    hints = get_type_hints(kind, include_extras=True)
    found = {name: _declared(hint) for name, hint in hints.items()}
    return {name: personal for name, personal in found.items() if personal}


def _declared(hint: Any) -> Personal | None:
    if get_origin(hint) is not Annotated:
        return None
    return next((part for part in get_args(hint) if isinstance(part, Personal)), None)


def entries() -> Iterator[Entry]:
    """The whole map, a line for each personal value."""
    for model in own_models():
        declared: dict[str, Any] = getattr(model, "personal", {})
        for column, what in declared.items():
            if isinstance(what, Personal):
                yield Entry(model._meta.label, column, column, what)  # noqa: SLF001 (Django's own way to name a model)
            else:
                yield from (Entry(model._meta.label, column, name, each) for name, each in fields_of(what).items())  # noqa: SLF001


@checks.register("privacy")
def every_column_is_declared(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:  # noqa: ARG001 (Django's signature)
    """Fail while a column of ours stands in neither list, or a sealed struct has a field that says nothing."""
    return [error for model in own_models() for error in _faults(model)]


def _faults(model: type[Model]) -> Iterator[checks.CheckMessage]:
    columns = {field.name for field in model._meta.get_fields() if not field.auto_created or field.concrete}  # noqa: SLF001
    columns |= {field.name for field in model._meta.local_many_to_many}  # noqa: SLF001
    personal, rest = set(getattr(model, "personal", {})), set(getattr(model, "not_personal", ()))
    for column in sorted(columns ^ (personal | rest)):
        yield checks.Error(f"{column} is not declared in the data map, or is no column", obj=model, id="privacy.E001")
    for column in sorted(personal & rest):
        yield checks.Error(f"{column} is declared both personal and not", obj=model, id="privacy.E002")
    yield from _struct_faults(model)


def _struct_faults(model: type[Model]) -> Iterator[checks.CheckMessage]:
    for field in model._meta.local_fields:  # noqa: SLF001
        if not isinstance(field, SealedField):
            continue
        kind = getattr(model, "personal", {}).get(field.name)
        if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            yield checks.Error(f"{field.name} is sealed but declares no struct", obj=model, id="privacy.E003")
            continue
        for name in sorted(set(kind.__struct_fields__) - set(fields_of(kind))):
            yield checks.Error(f"{kind.__name__}.{name} declares nothing", obj=model, id="privacy.E004")
