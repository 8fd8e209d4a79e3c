"""`worker_health`: whether this role's runs still end, for a supervisor or a container's health check."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from regsvc import health


class Command(BaseCommand):
    help = "Exit with code 1 if this worker has not finished a run for three periods. Run it with the worker's environment."

    def handle(self, *_: Any, **_options: Any) -> None:
        found = health.stalled_here()
        if found:
            raise CommandError(f"{'; '.join(found)}: the worker may be stuck. Restart it and check its log.")
        self.stdout.write("ok")
