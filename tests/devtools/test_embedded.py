"""The embedded servers, started for real in a folder whose name has a space."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from devtools.embedded import Access, InUse, NotForProduction, Servers, processes, unprivileged

pytestmark = pytest.mark.xdist_group("embedded")
CANARY = "ada.canary@example.org"
PARENT = """
import sys, time
from pathlib import Path
from devtools.embedded import Servers
with Servers(Path(sys.argv[1]), fsync=False):
    print("started", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A folder in which an earlier first start was killed half way, and a later one was not."""
    folder = tmp_path_factory.mktemp("with a space") / "servers"
    (folder / "default.unfinished" / "base").mkdir(parents=True)
    with Servers(folder, fsync=False) as servers, psycopg.connect(servers.superuser_url("default")) as connection:
        connection.execute("CREATE TABLE kept (word text PRIMARY KEY)")
        connection.execute("INSERT INTO kept VALUES ('kept')")
    return folder


@pytest.fixture
def own(root) -> Iterator[Servers]:
    """Servers that a test may kill. `servers` are those of the whole run."""
    with Servers(root, fsync=False) as started:
        yield started


@pytest.fixture
def parent(root) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs the servers."""
    with subprocess.Popen([sys.executable, "-c", PARENT, str(root)], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout
        assert started.stdout.readline() == "started\n"
        yield started
        started.kill()


def words(access: Access) -> list[str]:
    with psycopg.connect(access.superuser_url("default")) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept")]


def left(root: Path) -> list[int]:
    return [pid for name in ("default", "keystore", "activation", "valkey") for pid in processes.survivors(root / name)]


def test_data_outlives_a_stop(own):
    assert words(own) == ["kept"]


def test_nothing_runs_after_a_stop(root):
    with Servers(root, fsync=False):
        assert left(root)

    assert not left(root)


def test_servers_end_with_a_killed_parent(root, parent):
    assert left(root)

    parent.kill()

    deadline = time.monotonic() + 10
    while left(root) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left(root)


def test_the_next_start_does_not_wait_for_what_a_killed_parent_left(root, parent):
    parent.kill()
    parent.wait()

    with Servers(root, fsync=False) as servers:
        assert words(servers) == ["kept"]


def test_a_folder_serves_one_process(root, parent):
    with pytest.raises(InUse), Servers(root, fsync=False):
        pass


def test_a_folder_of_another_account_is_left_alone(root, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: root.stat().st_uid + 1)

    with pytest.raises(InUse), Servers(root, fsync=False):
        pass


def test_another_process_can_attach(root, parent):
    access = Access.attach(root)

    assert words(access) == ["kept"]
    assert access.servers["default"].pid in left(root)


def test_a_killed_server_starts_again_on_its_port(own):
    alias, server = random.choice(list(own.servers.items()))
    port = server.port

    server.kill()
    assert not server.pid
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(own.superuser_url(alias))
    server.start()

    assert server.port == port
    with psycopg.connect(own.superuser_url(alias)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_valkey_starts_again_empty_and_on_its_port(own):
    port = own.valkey.port

    own.valkey.kill()
    assert not own.valkey.ready()
    own.valkey.start()

    assert (own.valkey.port, own.valkey.ready()) == (port, True)


def test_production_is_refused(root, monkeypatch):
    monkeypatch.delenv("REGSVC_DEVELOPMENT")

    with pytest.raises(NotForProduction):
        Servers(root)


@pytest.mark.parametrize("login", ["postgres", "regsvc_owner"])
def test_a_wrong_password_is_refused(servers, login):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host="127.0.0.1", port=servers.servers["keystore"].port, user=login, password="wrong", dbname="regsvc")


def test_the_owner_owns_its_database_and_is_no_superuser(servers):
    with psycopg.connect(servers.environment()["KEYSTORE_DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT current_user, pg_get_userbyid(datdba), rolsuper FROM pg_database, pg_roles"
            " WHERE datname = current_database() AND rolname = current_user"
        ).fetchone()

    assert found == ("regsvc_owner", "regsvc_owner", False)


def test_a_role_gets_its_login(servers):
    with psycopg.connect(servers.environment()["DATABASE_URL"]) as connection:
        connection.execute("CREATE ROLE regsvc_visitor")
        connection.execute("GRANT CONNECT ON DATABASE regsvc TO regsvc_visitor")

    servers.login("default", "regsvc_visitor", "a pass phrase")

    port = servers.servers["default"].port
    with psycopg.connect(
        host="127.0.0.1", port=port, user="regsvc_visitor", password="a pass phrase", dbname="regsvc"
    ) as visitor:
        assert visitor.execute("SELECT current_user").fetchone() == ("regsvc_visitor",)
    with psycopg.connect(servers.superuser_url("default")) as connection:
        connection.execute("DROP OWNED BY regsvc_visitor")
        connection.execute("DROP ROLE regsvc_visitor")


@pytest.mark.parametrize(("name", "value"), [("listen_addresses", "127.0.0.1"), ("unix_socket_directories", "")])
def test_only_loopback_is_listened_to(servers, name, value):
    with psycopg.connect(servers.superuser_url("activation")) as connection:
        assert connection.execute(f"SHOW {name}").fetchone() == (value,)


FAULTS = [
    f"SELECT '{CANARY}'::int",
    f"SELECT '{CANARY}' FROM nowhere",
    f"INSERT INTO once VALUES ('{CANARY}'), ('{CANARY}')",
    f"DO $$ BEGIN RAISE WARNING '{CANARY}'; END $$",
    f"SELECT pg_sleep(0.01), '{CANARY}'",
]


@pytest.mark.parametrize(("level", "logged"), [("log", False), ("warning", True)], ids=["as set", "positive control"])
def test_no_value_reaches_the_log(servers, level, logged):
    log = Path(os.environ["REGSVC_TEST_ROOT"]) / "default.log"
    before = log.stat().st_size

    with psycopg.connect(servers.superuser_url("default"), autocommit=True) as connection:
        if logged:
            connection.execute(f"SET log_min_messages = {level}")
        assert connection.execute("SHOW log_min_messages").fetchone() == (level,)
        connection.execute("CREATE TEMPORARY TABLE once (word text PRIMARY KEY)")
        for statement in FAULTS:
            try_out(connection, statement)

    assert (CANARY.encode() in log.read_bytes()[before:]) is logged


def try_out(connection: psycopg.Connection, statement: str) -> None:
    try:
        connection.execute(statement)
    except psycopg.Error:
        return


def test_others_cannot_read_the_folder(servers, root):
    assert root.stat().st_mode & 0o077 == 0
    assert (root / "servers.json").stat().st_mode & 0o077 == 0


def test_a_change_of_the_way_to_run_keeps_the_data(root, monkeypatch):
    # Only root has two ways; for others this is one more start.
    monkeypatch.setattr(unprivileged, "WAYS", (unprivileged.CAPABILITY,))
    with Servers(root, fsync=False) as servers:
        assert words(servers) == ["kept"]
    monkeypatch.undo()
    with Servers(root, fsync=False) as servers:
        assert words(servers) == ["kept"]


def test_data_without_fsync_is_outdated_by_a_boot(root, monkeypatch, tmp_path):
    state = Access.attach(root).state
    assert not Servers(root, fsync=False).outdated(state)

    (tmp_path / "boot").write_text("another boot")
    monkeypatch.setattr("devtools.embedded.servers.BOOT", tmp_path / "boot")

    assert Servers(root, fsync=False).outdated(state)
    assert not Servers(root, fsync=True).outdated(state)
