"""A column that holds sealed bytes and nothing else."""

from typing import Any, NoReturn

import msgspec
from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django_cryptography.fields import EncryptedMixin

from privacy.sealing import Sealed


class SealedField(EncryptedMixin, models.BinaryField):  # type: ignore[type-arg]  # the mixin is not generic
    """Binary storage, refused lookups and no relations from django-cryptography; the cipher is ours (ADR 0002).

    Only a `Sealed` value is written: expressions, plain values, fixtures and lookups (but `isnull`) are refused. What it opens to
    is `kind`, with the key of `compartment`.
    """

    base_class = models.BinaryField
    wasinstance = False

    def __init__(self, kind: type[msgspec.Struct] | None = None, *, compartment: str = "", **options: Any) -> None:
        if options.get("key") or options.get("ttl") or options.get("default") or options.get("unique") or options.get("db_index"):
            raise FieldError("a sealed field takes no key, ttl, default, unique or index")
        self.kind = kind
        self.compartment = compartment
        models.BinaryField.__init__(self, **options)
        self._fernet: Any = None  # nothing may fall back to the mixin's cipher

    def deconstruct(self) -> Any:
        name, _path, _args, options = models.BinaryField.deconstruct(self)
        return name, "privacy.fields.SealedField", [], options

    def clone(self) -> "SealedField":
        _name, _path, _args, options = self.deconstruct()
        return SealedField(self.kind, compartment=self.compartment, **options)

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002 (Django's signature)
        if value is None:
            return None
        if type(value) is not Sealed:
            raise FieldError("a sealed column takes sealed values only")
        return bytes(value)

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        return self.get_db_prep_value(value, connection)

    def from_db_value(self, value: Any, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def to_python(self, value: Any) -> Any:
        if value is None or type(value) is Sealed:
            return value
        raise FieldError("a sealed column takes sealed values only")

    def value_to_string(self, obj: models.Model) -> NoReturn:  # noqa: ARG002 (Django's signature)
        raise FieldError("sealed columns are not dumped")
