"""The wiring as a Django application: commands and checks."""

from django.apps import AppConfig


class RegsvcConfig(AppConfig):
    """Wires the applications together."""

    name = "regsvc"
    verbose_name = "regsvc"
