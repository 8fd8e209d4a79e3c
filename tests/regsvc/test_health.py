"""Health: a process lives, is ready, and could store what it would be sent; each is asked apart."""

import shutil

import pytest
import structlog
from django.db import OperationalError, connections
from django.db.utils import ConnectionHandler
from django.utils import timezone

from activation.models import DayTally
from devtools.embedded import Servers
from intake.models import Letter
from privacy import keyring, keys
from regsvc import health, roles, startup

pytestmark = pytest.mark.django_db(databases=["default", "keystore", "activation"])
NOWHERE = {"ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1", "PORT": 1, "NAME": "x", "USER": "x", "PASSWORD": "x"}


@pytest.fixture
def away(monkeypatch):
    """Turns one store away: nothing listens where it should be."""

    def turn(alias: str) -> None:
        one = ConnectionHandler({"default": NOWHERE, alias: NOWHERE})
        real = health.connections
        monkeypatch.setattr(health, "connections", {name: one[name] if name == alias else real[name] for name in roles.ALIASES})

    return turn


def test_a_whole_process_is_ready(client):
    assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (200, {"status": "ok"})
    assert (client.get("/readyz").status_code, client.get("/readyz").json()) == (200, {"status": "ok", "missing": []})
    assert (client.get("/ping").status_code, client.get("/ping").content) == (204, b"")


@pytest.mark.parametrize("alias", roles.ALIASES)
def test_without_a_store_nothing_could_be_stored(client, away, alias):
    away(alias)

    assert client.get("/ping").status_code == 503
    assert (client.get("/readyz").status_code, client.get("/readyz").json()["missing"]) == (503, [alias])
    assert client.get("/healthz").status_code == 200


def test_a_store_is_asked_for_only_where_the_role_reaches_it(client, away, settings):
    settings.ROLE = roles.ROLES["public"]
    away("activation")

    assert client.get("/ping").status_code == 204


def test_a_purpose_whose_key_is_unsafe_is_named_and_leaves_the_rest_ready(client, settings, tmp_path):
    for path in keyring.ring().provider.directory.glob("*@*"):
        shutil.copy(path, tmp_path)
    (tmp_path / "updates.vendor@1").chmod(0o644)
    settings.KEY_DIRECTORY = tmp_path

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "missing": [], "unusable": ["updates/vendor"]})
    assert client.get("/ping").status_code == 204


def test_a_process_says_at_its_start_whose_key_is_unsafe_and_starts(settings, tmp_path):
    settings.ROLE = roles.ROLES["registrar"]
    settings.ROLE_KEYS = settings.ROLE.keys
    keys.deal(keyring.ring().provider, names=settings.ROLE_KEYS, directory=tmp_path / "keys")
    settings.KEY_DIRECTORY = tmp_path / "keys"
    (settings.KEY_DIRECTORY / "updates.vendor@1").write_text("damaged")

    with structlog.testing.capture_logs() as logs:
        startup.check()

    assert [(each["event"], each["purpose"]) for each in logs] == [("key cannot be used", "updates/vendor")]


def test_where_no_certificate_could_be_signed_nothing_is_bound(client, settings, tmp_path):
    for path in keyring.ring().provider.directory.glob("*@*"):
        shutil.copy(path, tmp_path)
    (tmp_path / "certificate@1").rename(tmp_path / "certificate@2")  # a key that no root has named
    settings.KEY_DIRECTORY = tmp_path

    assert client.get("/readyz").json()["missing"] == ["a certificate key that the roots named"]
    assert client.get("/ping").status_code == 503


@pytest.mark.parametrize("key", ["receipts", "intake.public"])
def test_without_a_key_a_process_is_not_ready(client, settings, tmp_path, key):
    provider = keyring.ring().provider
    for path in provider.directory.glob("*@*"):
        if path.name.partition("@")[0] != key:
            shutil.copy(path, tmp_path)
    settings.KEY_DIRECTORY = tmp_path

    assert client.get("/readyz").json()["missing"] == [key]
    assert client.get("/ping").status_code == 503


def test_without_the_broker_a_process_is_not_ready_unless_it_knows_none(client, settings):
    settings.BROKER_URL = "redis://:canary7q@127.0.0.1:1/0"

    answer = client.get("/readyz")
    assert answer.json()["missing"] == ["broker"]
    assert b"canary7q" not in answer.content
    settings.ROLE = roles.ROLES["public"]
    assert client.get("/readyz").json()["missing"] == []


@pytest.mark.parametrize("path", ["/ping", "/healthz", "/readyz"])
def test_health_is_only_asked(client, path):
    assert client.post(path).status_code == 405
    assert client.head(path).status_code in {200, 204}


def test_a_killed_server_is_noticed_and_its_return_too(tmp_path, client, monkeypatch):
    with Servers(tmp_path / "own", fsync=False) as servers:
        server = servers.servers["default"]
        address = {"HOST": "127.0.0.1", "PORT": server.port, "NAME": "postgres", "USER": "postgres"}
        own = ConnectionHandler({"default": NOWHERE | address | {"PASSWORD": server.passwords["postgres"]}})
        monkeypatch.setattr(health, "connections", own)
        assert health._writable("default")

        server.kill()
        assert not health._writable("default")
        own["default"].close()
        assert not health._writable("default")

        server.launch()
        server.wait()
        assert health._writable("default")
        own["default"].close()


@pytest.fixture
def refused(monkeypatch):
    """The last submission was answered 503."""
    monkeypatch.setattr(health, "_last", {"refused": False})
    health.noted(503)


def test_a_store_that_takes_no_writes_is_not_ready(client):
    with connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")

    assert client.get("/ping").status_code == 503
    assert client.get("/readyz").json()["missing"] == ["default"]


def test_after_a_submission_that_was_not_stored_ping_says_so_until_a_write_works(client, refused, monkeypatch):
    def full(**_):
        raise OperationalError("disk full")

    with monkeypatch.context() as patch:
        patch.setitem(health.PROBES, "default", full)
        assert client.get("/ping").status_code == 503
        assert client.get("/readyz").json()["missing"] == ["default"]

    assert client.get("/ping").status_code == 204
    assert health._last == {"refused": False}


def test_a_later_submission_that_was_stored_ends_it_too(client, refused, monkeypatch):
    monkeypatch.setitem(health.PROBES, "default", None)  # it would be called otherwise
    health.noted(202)

    assert client.get("/ping").status_code == 204


def test_a_refusal_of_ours_is_no_fault_of_the_store(client, refused):
    health.noted(202)
    health.noted(422)

    assert health._last == {"refused": False}


@pytest.mark.parametrize("alias", ["default", "activation"])
def test_a_trial_write_leaves_nothing(alias):
    health.PROBES[alias](at=timezone.now())

    assert not Letter.objects.exists()
    assert not DayTally.objects.exists()
