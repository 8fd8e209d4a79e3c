"""`agreements`: enter and list volume agreements."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from activation import agreements
from activation.models import Agreement


class Command(BaseCommand):
    help = "List volume agreements or add one. Your own records show whose agreement it is, by its reference."

    def add_arguments(self, parser: CommandParser) -> None:
        """`sign` enters one; `list` shows all."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="list|sign")
        actions.add_parser("list", help="show all agreements", description="Show all agreements with their seats and dates.")
        about = "Add an agreement that begins today, and print its reference. You need the reference to issue volume keys."
        signing = actions.add_parser("sign", help="add an agreement that begins today", description=about)
        least = ", ".join(f"{name} {seats}" for name, seats in sorted(agreements.LEAST_SEATS.items()))
        signing.add_argument("--programme", required=True, choices=sorted(agreements.LEAST_SEATS), help=f"fewest seats: {least}")
        signing.add_argument("--seats", required=True, type=int, metavar="N", help="the number of computers")
        signing.add_argument(
            "--ends", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the last day; without it, the agreement does not end"
        )

    def handle(self, *_args: str, **options: Any) -> None:
        """Call the service."""
        if options["action"] == "list":
            for each in Agreement.objects.order_by("begins", "reference"):
                self.stdout.write(f"{each.reference} {each.programme} {each.seats} seats, {each.begins} to {each.ends or '-'}")
            return
        today = timezone.now().date()
        try:
            made = agreements.sign(programme=options["programme"], seats=options["seats"], begins=today, ends=options["ends"])
        except agreements.TooFewSeats:
            least = agreements.LEAST_SEATS[options["programme"]]
            raise CommandError(f"Nothing was added: --seats must be at least {least} for this programme.") from None
        except agreements.EndsTooSoon:
            raise CommandError("Nothing was added: --ends must be today or later.") from None
        self.stdout.write(made.reference)
