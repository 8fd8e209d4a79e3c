"""Accounts, made by the service."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client

from accounts import staff
from accounts.models import Staff

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSWORD = "plenty of invented words"

Account = Callable[..., Staff]


@pytest.fixture
def account() -> Account:
    """Makes an account in these roles. Ask for `db` or `site` too."""

    def make(*names: str, username: str = "ann") -> Staff:
        company = "acme" if "manufacturer" in names else ""
        return staff.create(
            username=username, password=PASSWORD, names=names, name="Ann Example", manufacturer=company, actor="test", at=NOON
        )

    return make


@pytest.fixture
def signed_in(client: Client, account: Account, db: None) -> Callable[..., Client]:
    """A client of an account in these roles."""

    def sign_in(*names: str, username: str = "ann") -> Client:
        client.force_login(account(*names, username=username))
        return client

    return sign_in


@pytest.fixture
def flushable(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Let Django empty the audit trail after a test whose rows were committed: its own trigger would refuse."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE privacy_auditentry DISABLE TRIGGER audit_no_truncate")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE privacy_auditentry ENABLE TRIGGER audit_no_truncate")
