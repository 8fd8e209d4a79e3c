"""`manage.py rights`: make the database logins and give each role exactly its rights."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from regsvc import rights, server_rights

STILL_OPEN = (
    "{alias}: every login of this server can still use {names}. Only the server's superuser can change that: run what "
    "`python3 manage.py rights --server-sql` prints in the databases `postgres`, `template1` and regsvc's own, then try again."
)


class Command(BaseCommand):
    """Applies the table of roles to every database. Run it as the owner after `migrate`."""

    help = "Make the database logins of all roles and give each exactly its rights. Run as role `migrate`, after `migrate`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--server-sql", action="store_true", help="only print what the server's superuser has to run once")

    def handle(self, *_args: Any, server_sql: bool, **_options: Any) -> None:
        if server_sql:
            self.stdout.write(server_rights.SQL)
            return
        if not settings.ROLE.owner:
            raise CommandError("rights are given by the owner: set REGSVC_ROLE=migrate")
        faults = []
        for alias in settings.ROLE.databases:
            count = rights.apply(alias)
            self.stdout.write(f"{alias}: {count} statements")
            if left := rights.still_open(alias):
                faults.append(STILL_OPEN.format(alias=alias, names=", ".join(left)))
        if faults:
            raise CommandError("\n".join(faults))
