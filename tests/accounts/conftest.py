"""Accounts, made by the service."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts import staff
from accounts.models import Staff

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSWORD = "plenty of invented words"

Account = Callable[..., Staff]


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.QuickArgon2"]


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
