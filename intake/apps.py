"""The letterbox as a Django application."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Letters, the public API and the wizard."""

    name = "intake"
