"""`manage.py rewrite`: take the order of arrival away from the day's rows."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from regsvc import rewriting


class Command(BaseCommand):
    """The nightly rewrite of all stores."""

    help = (
        "Rewrite the rows of the open month in random order in every store, so that nothing tells in which order they came, "
        "and forget what activation keeps for a day. Run it as role `migrate`, every night after midnight UTC and before the "
        "backup. Everything may go on running; killed, it is simply run again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.ROLE.owner:
            raise CommandError("tables are rewritten by their owner: set REGSVC_ROLE=migrate")
        try:
            for store, table, rows in rewriting.rewrite(today=timezone.now().date()):
                self.stdout.write(f"{store}: {table}: {rows} rows")
        except rewriting.TableBusy as busy:
            raise CommandError(f"{busy} was in use for minutes: run it again; what was rewritten stays so") from busy
