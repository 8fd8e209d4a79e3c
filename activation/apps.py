"""Activation as a Django application."""

from django.apps import AppConfig


class ActivationConfig(AppConfig):
    """Lives in the database `activation`."""

    name = "activation"
