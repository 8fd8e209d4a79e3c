"""The backend that Django loads by the name `regsvc.postgres`."""

from collections import defaultdict
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from regsvc.postgres.connection import Breaker

breakers: defaultdict[str, Breaker] = defaultdict(Breaker)  # by alias, for the whole process


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for a store that does not answer: then callers fail at once, and one at a time tries again."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection of the pool.

        Raises:
            psycopg.OperationalError: The store does not answer, or has just not answered somebody else.
        """
        breaker = breakers[self.alias]
        if breaker.refuses(trying=self._patience()):
            raise psycopg.OperationalError("the store has just been silent")
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            breaker.trip()
            raise
        breaker.reset()
        connection.breaker = breaker
        return connection

    def _patience(self) -> float:
        pool = self.settings_dict["OPTIONS"].get("pool") or {}
        return float(pool.get("timeout", 30)) + float(getattr(pool.get("connection_class"), "longest", 0))
