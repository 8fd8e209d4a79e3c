"""The data map: nothing is kept that it does not name."""

from typing import Annotated

import msgspec
import pytest
from django.core import checks
from django.db import models
from django.test.utils import isolate_apps

from intake.letters import Contact, Details
from privacy import datamap
from privacy.datamap import Personal
from privacy.fields import SealedField
from registration.models import Confirmation, Consent, ConsentRecord, Errand, Registration

WHY = Personal("to test", "consent", "a moment")
SEALED = {
    Registration: {"contact": Contact, "details": Details},
    ConsentRecord: {"consent": Consent},
    Confirmation: {"errand": Errand},
}


class Careful(msgspec.Struct):
    email: Annotated[str, WHY]
    name: Annotated[str | None, "a note", WHY] = None


class Careless(msgspec.Struct):
    email: Annotated[str, WHY]
    serial: str = ""
    phone: Annotated[str, "not a declaration"] = ""


def identifiers(model: type[models.Model], monkeypatch) -> list[str]:
    """The numbers of the errors that the check finds in one model."""
    monkeypatch.setattr(datamap, "own_models", lambda: [model])
    return [str(error.id) for error in checks.run_checks(tags=["privacy"])]


@isolate_apps("privacy")
def made(*, personal: dict[str, object] | None, rest: tuple[str, ...] | None, kind: type | None = Careful) -> type[models.Model]:
    declared = {name: each for name, each in (("personal", personal), ("not_personal", rest)) if each is not None}
    columns = {"email": models.CharField(max_length=9), "contact": SealedField(kind, null=True)}
    meta = type("Meta", (), {"app_label": "privacy"})
    return type("Thing", (models.Model,), {"__module__": __name__, "Meta": meta, **columns, **declared})


def test_the_project_declares_every_column():
    assert checks.run_checks(tags=["privacy"]) == []


def test_every_application_is_looked_at():
    labels = {model._meta.app_label for model in datamap.own_models()}

    assert {"privacy", "keystore", "catalogue", "accounts", "intake", "registration"} <= labels
    assert not labels & {"auth", "sessions", "contenttypes"}


@pytest.mark.parametrize(
    ("personal", "rest", "found"),
    [
        ({"email": WHY, "contact": Careful}, ("id",), []),
        ({"contact": Careful}, ("id", "email"), []),
        ({"contact": Careful}, ("id",), ["privacy.E001"]),
        ({"contact": Careful}, ("id", "email", "gone"), ["privacy.E001"]),
        ({"email": WHY, "contact": Careful}, ("id", "email"), ["privacy.E002"]),
        ({"contact": WHY}, ("id", "email"), ["privacy.E003"]),
        ({"contact": dict}, ("id", "email"), ["privacy.E003"]),
        ({}, ("id", "email", "contact"), ["privacy.E003"]),
        ({"contact": Careless}, ("id", "email"), ["privacy.E004", "privacy.E004"]),
        (None, None, ["privacy.E001"] * 3 + ["privacy.E003"]),
    ],
)
def test_a_model_that_says_too_little_is_found(monkeypatch, personal, rest, found):
    assert identifiers(made(personal=personal, rest=rest), monkeypatch) == found


@isolate_apps("privacy")
def test_relations_are_columns_too(monkeypatch):
    class Person(models.Model):
        personal: dict[str, object] = {}
        not_personal = ("id",)

        class Meta:
            app_label = "privacy"

        def __str__(self) -> str:
            return "a person"

    class Group(models.Model):
        person = models.ForeignKey(Person, models.CASCADE)
        people = models.ManyToManyField(Person, related_name="+")

        personal: dict[str, object] = {}
        not_personal = ("id",)

        class Meta:
            app_label = "privacy"

        def __str__(self) -> str:
            return "a group"

    assert identifiers(Person, monkeypatch) == []
    assert identifiers(Group, monkeypatch) == ["privacy.E001", "privacy.E001"]


def test_the_map_has_a_line_for_each_sealed_value():
    lines = {(entry.model, entry.column, entry.value) for entry in datamap.entries()}
    expected = {
        (model._meta.label, column, name)
        for model, columns in SEALED.items()
        for column, kind in columns.items()
        for name in kind.__struct_fields__
    }

    assert expected <= lines
    assert len(expected) == 27
    assert ("registration.Registration", "contact", "email") in lines
    assert ("keystore.EmailIndex", "mac", "mac") in lines
    assert ("privacy.AuditEntry", "actor", "actor") in lines


def test_the_map_knows_every_sealed_column():
    columns = {
        model: {field.name for field in model._meta.local_fields if isinstance(field, SealedField)}
        for model in datamap.own_models()
    }

    assert {model: found for model, found in columns.items() if found} == {model: set(each) for model, each in SEALED.items()}


def test_every_line_says_why_how_long_and_on_what_ground():
    for entry in datamap.entries():
        assert entry.personal.purpose
        assert entry.personal.keep
        assert entry.personal.basis in {"consent", "contract", "legitimate-interest", "legal-obligation"}


def test_marketing_never_reads_details():
    readers = {role for entry in datamap.entries() if entry.column == "details" for role in entry.personal.reveal}

    assert readers == {"support", "privacy officer"}
