"""Connections with each role's real login to this worker's databases. A conftest imports the fixtures that its tests use."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from psycopg import sql

from devtools.embedded import Access
from regsvc import rights, roles

PLACES = [(name, alias) for name in rights.WORKERS for alias in roles.ROLES[name].rights]
Connect = Callable[[str, str], psycopg.Connection]


@pytest.fixture(scope="session")
def in_turn(servers: Access) -> Callable[[], AbstractContextManager[None]]:
    """Waits until no other worker makes logins: they belong to a server, and the workers of a test run share the servers."""

    @contextmanager
    def held() -> Iterator[None]:
        with psycopg.connect(servers.superuser_url("default", "postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            yield

    return held


@pytest.fixture(scope="session")
def logins(servers, in_turn, django_db_setup, django_db_blocker) -> None:
    """Every role with its rights on this worker's databases, and with a password."""
    with in_turn(), django_db_blocker.unblock():
        for alias in roles.ALIASES:
            assert rights.apply(alias) > 20
            connections[alias].close()
        for name, alias in PLACES:
            servers.login(alias, roles.login(name), password(servers))


def password(servers: Access) -> str:
    """One for all logins and all workers, as secret as the server's own."""
    return servers.state.passwords["default"]["postgres"]


def url(servers: Access, login: str, alias: str, database: str = "") -> str:
    """Where *login* enters the store of this worker, or another database of its server."""
    whole = servers.superuser_url(alias, database or settings.DATABASES[alias]["NAME"])
    return re.sub(r"//[^@]*@", f"//{login}:{password(servers)}@", whole) if login else whole


@pytest.fixture
def entered(servers) -> Iterator[Connect]:
    """Connections of real logins, or of the superuser for the login ``. Nothing that they do stays."""
    opened: list[psycopg.Connection] = []

    def enter(login: str, alias: str) -> psycopg.Connection:
        opened.append(psycopg.connect(url(servers, login, alias)))
        return opened[-1]

    yield enter
    for connection in opened:
        connection.rollback()
        connection.close()


def may(connection: psycopg.Connection, statement: str | sql.Composed) -> bool:
    """Whether the statement is not refused for want of a right; whether it works otherwise is not asked."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.Error:
        return True
    return True
