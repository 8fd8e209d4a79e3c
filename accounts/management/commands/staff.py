"""`staff add`, `staff list`, `staff disable`: accounts from the command line."""

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import roles, staff
from accounts.models import Staff

ACTOR = "command line"


class Command(BaseCommand):
    """Accounts from the command line: how the first administrator comes in."""

    help = "Make, list and disable staff accounts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="make an account")
        add.add_argument("username")
        add.add_argument("--role", action="append", required=True, choices=list(roles.ROLES), help="may stand more than once")
        add.add_argument("--name", default="", help="the name that the pages show")
        add.add_argument("--manufacturer", default="", help="the company's code, for the role `manufacturer`")
        add.add_argument("--generate", action="store_true", help="make a password and print it, once; else it is asked for")
        acts.add_parser("list", help="show all accounts")
        disable = acts.add_parser("disable", help="end an account at once")
        disable.add_argument("username")

    def handle(self, *_: Any, act: str, **options: Any) -> None:
        try:
            getattr(self, act)(options)  # one of the three, says the parser
        except roles.RolesRefused as error:
            raise CommandError(str(error)) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except staff.UsernameTaken:
            raise CommandError("There is an account of this name already.") from None
        except staff.UnknownAccount:
            raise CommandError("There is no account of this name.") from None

    def add(self, options: dict[str, Any]) -> None:
        """Make an account."""
        password = secrets.token_urlsafe(18) if options["generate"] else _asked()
        staff.create(
            username=options["username"],
            password=password,
            names=options["role"],
            name=options["name"],
            manufacturer=options["manufacturer"],
            actor=ACTOR,
            at=timezone.now(),
        )
        self.stdout.write(f"Password: {password}" if options["generate"] else "Made.")

    def list(self, _options: dict[str, Any]) -> None:
        """Show all accounts."""
        for account in Staff.objects.order_by("username"):
            state = "" if account.is_active else "  (disabled)"
            company = f" of {account.manufacturer}" if account.manufacturer else ""
            self.stdout.write(f"{account.username}: {', '.join(account.roles)}{company}{state}")

    def disable(self, options: dict[str, Any]) -> None:
        """End an account at once."""
        staff.set_active(username=options["username"], active=False, actor=ACTOR, at=timezone.now())
        self.stdout.write("Disabled.")


def _asked() -> str:
    """The password from a prompt, or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("The two are not the same.")
    return password
