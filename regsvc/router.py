"""Which database holds which app. There are three stores, and no query crosses from one to another."""

from typing import Any

from django.db.models import Model

HOMES = {"keystore": "keystore", "activation": "activation"}


class StoreRouter:
    """Every app but keystore and activation lives in `default`."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        return HOMES.get(model._meta.app_label, "default")  # noqa: SLF001 (Django's own way to name an app)

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **_hints: Any) -> bool:
        return self.db_for_read(type(one)) == self.db_for_read(type(other))

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return HOMES.get(app_label, "default") == db
