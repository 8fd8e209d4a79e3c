"""What ends a test run ends nothing of the run beside it."""

import os

import psycopg
import pytest
from django.db import connections

from tests.conftest import OTHERS


def others(url):
    """Whether a session would be found by another one of the same login in the same database."""
    with psycopg.connect(url) as one, psycopg.connect(url) as another:
        return (another.info.backend_pid,) in one.execute(f"SELECT pid {OTHERS}").fetchall()


@pytest.mark.django_db
def test_only_sessions_in_databases_of_tests_are_ended():
    shared, _, name = os.environ["DATABASE_URL"].rpartition("/")

    assert not others(f"{shared}/{name}")
    assert others(f"{shared}/{connections['default'].settings_dict['NAME']}")
