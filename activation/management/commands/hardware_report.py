"""`hardware_report`: the published figures of the hardware hash."""

from typing import Any

from django.core.management.base import BaseCommand

from activation import hash_statistics


class Command(BaseCommand):
    """The figures, as a table for the documentation."""

    help = "Print the error rates of the hardware hash, from the model in activation/hash_statistics.py. Needs no database."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print one line for each width."""
        self.stdout.write("\n".join(hash_statistics.table()))
