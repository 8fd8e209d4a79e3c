"""`manage.py audit`: verify the audit trail."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from privacy import audit


class Command(BaseCommand):
    """The audit trail."""

    help = "Verify that no entry of the audit trail was changed, deleted, inserted or reordered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="action", required=True)
        about = "check every entry; exit code 1 if the chain is broken"
        verify = commands.add_parser("verify", help=about, description="Check every entry. Exit code 1 if the chain is broken.")
        verify.add_argument(
            "--least", type=int, default=0, metavar="N", help="fail if there are fewer entries, to find a trail that was cut off"
        )

    def handle(self, *_args: Any, least: int, **_options: Any) -> None:
        count, faults = audit.verify()
        for fault in faults:
            self.stdout.write(f"entry {fault.number}: {fault.what} is wrong")
        if faults or count < least:
            raise CommandError(
                f"{len(faults)} faults in {count} entries" + (f", expected at least {least}" if count < least else "")
            )
        self.stdout.write(f"{count} entries, all intact")
