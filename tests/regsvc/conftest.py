"""Logins belong to a server, and the workers of a test run share the servers: they make logins one after another."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest

from regsvc.embedded import Access


@pytest.fixture(scope="session")
def in_turn(servers: Access) -> Callable[[], AbstractContextManager[None]]:
    """Waits until no other worker makes logins."""

    @contextmanager
    def held() -> Iterator[None]:
        with psycopg.connect(servers.superuser_url("default", "postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            yield

    return held
