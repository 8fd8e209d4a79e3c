"""The privacy mechanisms as a Django application."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Registers the data map's check."""

    name = "privacy"

    def ready(self) -> None:
        from privacy import datamap  # noqa: F401 (registers its check, and needs the models)
