"""`staff add`, `staff roles`, `staff list`, `staff disable`: accounts from the command line."""

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import role_requests, roles, staff
from accounts.models import Staff

ACTOR = "command line"
WAITS = "Waiting for approval: {names}. An administrator or the privacy officer approves it in the console under Approvals."


class Command(BaseCommand):
    """Accounts from the command line: how the first administrator comes in."""

    help = (
        "Add, change, list and disable staff accounts. Until there is an active administrator or privacy officer, roles apply at "
        "once. After that, one of them must approve every role with access to registrations and every new administrator or "
        "privacy officer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="add an account")
        add.add_argument("--name", default="", help="the name shown on the pages")
        add.add_argument(
            "--generate", action="store_true", help="generate a password and print it once; without this you are asked for one"
        )
        change = acts.add_parser("roles", help="replace the roles of an account")
        for takes_roles in (add, change):
            takes_roles.add_argument("username")
            takes_roles.add_argument(
                "--role", action="append", required=True, choices=list(roles.ROLES), help="repeat for more than one role"
            )
            takes_roles.add_argument("--manufacturer", default="", help="the company's code, for the role `manufacturer`")
        acts.add_parser("list", help="show all accounts")
        disable = acts.add_parser("disable", help="disable an account at once")
        disable.add_argument("username")

    def handle(self, *_: Any, act: str, **options: Any) -> None:
        try:
            getattr(self, act)(options)  # one of the four, says the parser
        except roles.RolesRefused as error:
            raise CommandError(str(error)) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except staff.UsernameTaken:
            raise CommandError("There is already an account with this name. Choose another username.") from None
        except staff.UnknownAccount:
            raise CommandError("There is no account with this name. `staff list` shows all accounts.") from None

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
        self.stdout.write(f"Password: {password}" if options["generate"] else "Account added.")
        self._say_what_waits(options["username"])

    def roles(self, options: dict[str, Any]) -> None:
        """Give an account other roles."""
        staff.set_roles(
            username=options["username"],
            names=options["role"],
            manufacturer=options["manufacturer"],
            actor=ACTOR,
            at=timezone.now(),
        )
        self.stdout.write("Roles changed.")
        self._say_what_waits(options["username"])

    def list(self, _options: dict[str, Any]) -> None:
        """Show all accounts."""
        for account in Staff.objects.select_related("role_request").order_by("username"):
            state = "" if account.is_active else "  (disabled)"
            company = f" of {account.manufacturer}" if account.manufacturer else ""
            waiting = getattr(account, "role_request", None)
            waits = f"  (waiting for approval: {', '.join(waiting.roles)})" if waiting else ""
            self.stdout.write(f"{account.username}: {', '.join(account.roles) or 'no role'}{company}{waits}{state}")

    def disable(self, options: dict[str, Any]) -> None:
        """End an account at once."""
        staff.set_active(username=options["username"], active=False, actor=ACTOR, at=timezone.now())
        self.stdout.write("Account disabled.")

    def _say_what_waits(self, username: str) -> None:
        account = Staff.objects.get(username=username)
        wanted = role_requests.wanted_by(account)
        if set(wanted.names) != set(account.roles):
            self.stdout.write(WAITS.format(names=", ".join(wanted.names)))


def _asked() -> str:
    """The password from a prompt, or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("The passwords do not match. Try again.")
    return password
