"""`manage.py rewrite`: take the order of arrival away from the day's rows."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from regsvc import row_shuffle


class Command(BaseCommand):
    """The nightly rewrite of all stores."""

    help = (
        "Rewrite this month's rows of every store in random order, so that nothing shows in which order they arrived, and delete "
        "what activation keeps for one day. Run it as role `migrate` every night, after midnight UTC and before the backup. "
        "The service can keep running. If it is interrupted, run it again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.ROLE.owner:
            raise CommandError("Set REGSVC_ROLE=migrate: only the owner of the tables can rewrite them.")
        try:
            for store, table, rows in row_shuffle.rewrite(today=timezone.now().date()):
                self.stdout.write(f"{store}: {table}: {rows} rows")
        except row_shuffle.TableBusy as busy:
            raise CommandError(
                f"{busy} was in use for too long. Run it again: tables already rewritten stay as they are."
            ) from busy
