"""Registrations as a Django application."""

from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    """The registrar and what it files."""

    name = "registration"
