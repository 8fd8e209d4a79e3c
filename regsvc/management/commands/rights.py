"""`manage.py rights`: make the database logins and give each role exactly its rights."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from regsvc import rights, server_rights

STILL_OPEN = (
    "{alias}: every login of this server can still use {names}. Only the server's superuser can change that: run the output "
    "of `python3 manage.py rights --server-sql` in the databases `postgres`, `template1` and regsvc's own, then try again."
)


class Command(BaseCommand):
    """Applies the table of roles to every database. Run it as the owner after `migrate`."""

    help = "Create the database logins of all roles and give each exactly its rights. Run it as role `migrate`, after `migrate`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--server-sql", action="store_true", help="only print the SQL that the server's superuser has to run once"
        )

    def handle(self, *_args: Any, server_sql: bool, **_options: Any) -> None:
        if server_sql:
            self.stdout.write(server_rights.SQL)
            return
        if not settings.ROLE.owner:
            raise CommandError("Set REGSVC_ROLE=migrate: only the owner can give rights.")
        faults = []
        for alias in settings.ROLE.databases:
            count = rights.apply(alias)
            self.stdout.write(f"{alias}: {count} statements")
            if left := rights.still_open(alias):
                faults.append(STILL_OPEN.format(alias=alias, names=", ".join(left)))
        if faults:
            raise CommandError("\n".join(faults))
