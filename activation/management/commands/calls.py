"""`calls`: who answered the calls of a day."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from activation import cases


class Command(BaseCommand):
    help = "List the calls of a day and who answered each of them, to find out how a wrong approval happened."

    def add_arguments(self, parser: CommandParser) -> None:
        """One day at a time."""
        parser.add_argument("--day", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day, in UTC")

    def handle(self, *_args: str, **options: Any) -> None:
        """One line for each call: its number, its product, how it ended, and an account."""
        for each in cases.answered(day=options["day"]):
            self.stdout.write(f"{each.case} {each.product or '-'} {each.outcome} {each.username or '-'}")
