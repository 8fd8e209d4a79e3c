"""`agreements`: enter and list volume agreements."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from activation import agreements
from activation.models import Agreement


class Command(BaseCommand):
    help = "List the volume agreements, or enter a new one. Whose they are stands in your own books, under the reference."

    def add_arguments(self, parser: CommandParser) -> None:
        """`sign` enters one; `list` shows all."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="list|sign")
        actions.add_parser("list", help="show all agreements", description="Show all agreements with their seats and days.")
        about = "Enter an agreement from today on. Prints its reference, with which volume keys are issued."
        signing = actions.add_parser("sign", help="enter an agreement from today on", description=about)
        least = ", ".join(f"{name} from {seats} seats" for name, seats in sorted(agreements.LEAST_SEATS.items()))
        signing.add_argument("--programme", required=True, choices=sorted(agreements.LEAST_SEATS), help=least)
        signing.add_argument("--seats", required=True, type=int, metavar="N", help="for how many computers")
        signing.add_argument(
            "--ends", type=date.fromisoformat, metavar="YYYY-MM-DD", help="its last day; without it, it has none"
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
            raise CommandError(f"Nothing was entered: --seats: this programme begins with {least}.") from None
        except agreements.EndsTooSoon:
            raise CommandError("Nothing was entered: --ends: write a day from today on.") from None
        self.stdout.write(made.reference)
