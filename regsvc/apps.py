"""The wiring as a Django application: commands, checks, and a look at the keys before anything is served."""

from django.apps import AppConfig


class RegsvcConfig(AppConfig):
    """Wires the applications together."""

    name = "regsvc"
    verbose_name = "regsvc"

    def ready(self) -> None:
        from regsvc import startup

        startup.check()
