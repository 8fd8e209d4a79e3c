"""`manage.py rights`: make the database logins and give each role exactly its rights."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from regsvc import rights


class Command(BaseCommand):
    """Applies the table of roles to every database. Run it as the owner after `migrate`."""

    help = "Make the database logins of all roles and give each exactly its rights. Run as role `migrate`, after `migrate`."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.ROLE.owner:
            raise CommandError("rights are given by the owner: set REGSVC_ROLE=migrate")
        for alias in settings.ROLE.databases:
            count = rights.apply(alias)
            self.stdout.write(f"{alias}: {count} statements")
