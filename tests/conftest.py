"""What every test may use: a catalogue, and registrations made through the services."""

import json
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from catalogue import publishing, snapshot
from tests import scenario

CATALOGUE = json.loads((Path(__file__).parent.parent / "devtools" / "demo" / "catalogue.json").read_text())
OTHERS = """
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user
    AND datname ^@ 'test_'
"""  # a store that none of the chosen tests uses has no database of this process's own: its sessions are the other process's


@pytest.fixture(autouse=True)
def _fresh_shelf():
    snapshot.forget()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Django empties the tables after a test with real transactions; the trigger that refuses that stands aside."""
    with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE privacy_auditentry DISABLE TRIGGER audit_no_truncate")
        cursor.execute("DELETE FROM registration_heartbeat")  # no clock rings here: a test that needs a beat makes one
    yield
    with django_db_blocker.unblock():
        for alias in connections:
            with connections[alias].cursor() as cursor:  # a pool's own threads may still hold a session
                cursor.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}")


@pytest.fixture
def life(request):
    """The registration stores with the catalogue on the shelf: registers people, sweeps, and looks into the stores."""
    real = request.node.get_closest_marker("real_transactions")
    request.getfixturevalue("transactional_db" if real else "db")
    publishing.load(CATALOGUE, at=timezone.now())
    snapshot.forget()
    return scenario.Life()


def pytest_collection_modifyitems(items):
    for item in items:
        if "life" in item.fixturenames and not item.get_closest_marker("django_db"):
            real = item.get_closest_marker("real_transactions") is not None
            item.add_marker(pytest.mark.django_db(databases=["default", "keystore"], transaction=real))


def pytest_terminal_summary(terminalreporter):
    """Say what the proofs counted, whichever process ran them."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    for verdict in (text for report in reports for name, text in report.user_properties if name == "verdict"):
        terminalreporter.write_line(verdict)
