"""`hardware_report`: the published figures of the hardware hash."""

from typing import Any

from django.core.management.base import BaseCommand

from activation import figures, hardware

HEAD = ("unit/model bits", "bits", "strangers", "same model", "cloned image", "also fits per million", "exact twins per million")


class Command(BaseCommand):
    """The figures, as a table for the documentation."""

    help = "Print how often the hardware hash errs, from the model in activation/figures.py. Needs no database."
    requires_system_checks: list[str] = []

    def handle(self, *_args: str, **_options: Any) -> None:
        """Print one line for each width."""
        self.stdout.write("| " + " | ".join(HEAD) + " |")
        self.stdout.write("|" + " --- |" * len(HEAD))
        for unit_bits, model_bits in figures.PROFILES:
            made = figures.work_out(hardware.MATCHING["m1"], unit_bits=unit_bits, model_bits=model_bits)
            shown = (f"{value:.1e}" for value in (made.strangers, made.fleet, made.cloned))
            cells = (f"{unit_bits}/{model_bits}", str(made.bits), *shown, f"{made.fits:,.0f}", f"{made.twins:.1e}")
            self.stdout.write("| " + " | ".join(cells) + " |")
