"""The demo, started for real in a folder whose name has a space."""

import json
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import psycopg
import pytest

from devtools.demo import cli, readiness, workspace
from devtools.demo.caller import Caller
from devtools.embedded import processes
from devtools.embedded.access import URL_NAMES
from regsvc import envfile, placeholders, roles
from tests import slow_clients
from tests.slow_clients import ask

ROOT = Path(cli.__file__).resolve().parent.parent.parent
SCALE = 8
MEMBERS = {
    *("ready", "pid", "urls", "mail_dir", "staff", "api_keys", "products", "product_keys"),
    *("databases", "redis", "log_dir", "key_dir", "roles"),
}
pytestmark = pytest.mark.xdist_group("demo")


def command(*argv: str) -> list[str]:
    return [sys.executable, "manage.py", *argv]


def clean(**settings: str) -> dict[str, str]:
    """The environment of somebody who never heard of this test run."""
    return placeholders.inherited() | {"REGSVC_NO_VENV": "1"} | settings


def await_ready(folder: Path, running: subprocess.Popen[str]) -> dict:
    deadline = time.monotonic() + 90
    while not (folder / "demo.json").exists():
        assert running.poll() is None and time.monotonic() < deadline, (folder / "told.txt").read_text()[-800:]  # noqa: PT018
        time.sleep(0.1)
    return json.loads((folder / "demo.json").read_text())


def left(folder: Path) -> list[str]:
    """Command lines of processes that work in *folder* or for it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in text and entry.name != str(os.getpid()):
            found.append(entry.name)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("with a space")


@pytest.fixture(scope="module")
def running(folder) -> Iterator[None]:
    """A running demo. At the end it is asked to stop, as a service manager would."""
    argv = command("demo", "--scale", str(SCALE), "--directory", str(folder), "--port-base", str(free_row()))
    log = (folder / "told.txt").open("w")
    with log, subprocess.Popen(argv, cwd=ROOT, env=clean(), stdout=log, stderr=log, text=True) as started:
        await_ready(folder, started)
        yield
        started.terminate()
        assert started.wait(20) == 0
    assert not (folder / "demo.json").exists()
    assert not (folder / "demo" / "env").exists()
    assert left(folder) == []


@pytest.fixture
def demo(folder, running) -> dict:
    """What the running demo says of itself now: a process that died has another number afterwards."""
    return json.loads((folder / "demo.json").read_text())


def free_row() -> int:
    """Ten free ports in a row, below those that the system gives out to others meanwhile."""
    for base in random.sample(range(10_000, 30_000, 10), 50):
        with ExitStack() as held, suppress(OSError):
            for port in range(base, base + 10):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base
    pytest.fail("no ten free ports in a row")


def test_it_is_described_as_promised(demo, folder):
    assert demo.keys() == MEMBERS
    assert demo["ready"] is True
    assert demo["urls"].keys() >= {"public", "activation", "console", "mail"}
    assert [account["role"] for account in demo["staff"]] == [role for role, _, _ in workspace.ACCOUNTS]
    assert demo["roles"].keys() == {name for name, role in roles.ROLES.items() if not role.owner}
    assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600


def test_its_product_keys_are_fresh(demo):
    first = {each["channel"]: each for each in demo["product_keys"]}
    with Caller(demo["urls"]["activation"]) as caller:
        for channel, sold in first.items():
            body = {"product_key": sold["key"], "product": sold["product"], "hardware_version": 1, "hardware": "041f09c37e"}
            answer = caller.post("/api/v1/activations", body)

            assert answer.json()["outcome"] == ("not-required" if channel == "volume" else "new")
    assert first.keys() == {"retail", "multi", "volume", "manufacturer"}


@pytest.mark.parametrize("role", ["public", "activation", "console", "operator"])
def test_every_web_role_is_ready(demo, role):
    with Caller(demo["urls"][role]) as caller:
        assert caller.ask("GET", "/readyz").json() == {"status": "ok", "missing": []}


def test_half_sent_bodies_stop_no_role(demo):
    port = int(demo["urls"]["public"].rpartition(":")[2])
    with slow_clients.crowd(port, bodies=12):
        time.sleep(0.3)
        assert ask(port, "GET", "/healthz").status == 200


def test_each_process_reaches_the_databases_of_its_row_and_no_other(demo):
    for name, described in demo["roles"].items():
        assert described["database_urls"].keys() == set(roles.ROLES[name].databases)
        for url in described["database_urls"].values():
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT current_user").fetchone() == (f"regsvc_{name}",)


def test_each_process_has_only_its_own_settings(demo):
    for name, described in demo["roles"].items():
        settings = (Path("/proc") / str(described["pid"]) / "environ").read_bytes().decode().split("\0")
        named = {each.partition("=")[0] for each in settings}
        assert f"REGSVC_ROLE={name}" in settings
        assert ("REDIS_URL" in named) == roles.ROLES[name].broker
        assert ("REGSVC_KEYS" in named) == bool(roles.ROLES[name].keys)
        assert "REGSVC_DEVELOPMENT" not in named


def test_people_registered_got_mail_and_confirmed(demo):
    with psycopg.connect(demo["databases"]["default"]) as connection:
        assert connection.execute("SELECT count(*) FROM registration_registration").fetchone() >= (SCALE,)
    with psycopg.connect(demo["databases"]["keystore"]) as connection:
        granted = connection.execute("SELECT count(*) FROM keystore_grant WHERE purpose LIKE '%/%'").fetchone()
    mails = list(Path(demo["mail_dir"]).glob("*.eml"))
    assert granted > (0,)
    assert mails
    assert {mail.stat().st_mode & 0o777 for mail in mails} == {0o600}


def test_mails_can_be_read_in_a_browser_on_this_machine_only(demo):
    with Caller(demo["urls"]["mail"]) as caller:
        shown = caller.ask("GET", "/000001")
        frame = caller.ask("GET", "/000001/html")
        elsewhere = caller.ask("GET", "/000001", headers={"Host": "rebound.example.net"})
    assert re.search(rb'<a href="http://127.0.0.1:\d+/confirm/', shown.body)
    assert b'<base target="_blank">' in frame.body
    assert frame.headers["Content-Security-Policy"].startswith("sandbox")
    assert elsewhere.status == 421


def test_an_account_signs_in(demo):
    account = next(each for each in demo["staff"] if each["role"] == "support")
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{demo['urls']['console']}/console/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    form = {"username": account["username"], "password": account["password"], "csrfmiddlewaretoken": token}

    answer = browser.open(f"{demo['urls']['console']}/console/login/", urlencode(form | {"next": "/console/"}).encode())

    assert answer.url == f"{demo['urls']['console']}/console/"


def test_what_dies_is_started_again_and_said(demo, folder):
    dead = demo["roles"]["activation"]["pid"]
    os.kill(dead, signal.SIGKILL)

    deadline = time.monotonic() + 20
    while json.loads((folder / "demo.json").read_text())["roles"]["activation"]["pid"] == dead:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "activation ended (signal SIGKILL)" in (folder / "told.txt").read_text()
    port = int(demo["urls"]["activation"].rpartition(":")[2])
    while not readiness.web(port)():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_server_that_is_killed_again_while_it_starts_has_another_turn(demo, folder):
    directory = folder / "demo" / "default"
    told, deadline = folder / "told.txt", time.monotonic() + 60
    while "the server default did not start" not in told.read_text():
        assert time.monotonic() < deadline
        for pid in processes.survivors(directory.resolve()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    port = int(demo["urls"]["public"].rpartition(":")[2])
    while not readiness.web(port)():
        assert time.monotonic() < deadline, told.read_text()[-800:]
        time.sleep(0.1)


def test_a_command_of_a_role_runs_beside_it(demo, folder, tmp_path):
    told = (folder / "told.txt").read_text()
    line = next(line for line in told.splitlines() if "issue_keys" in line)
    _python, *argv = shlex.split(line.replace("keys.txt", str(tmp_path / "keys.txt")))

    made = subprocess.run([sys.executable, *argv], cwd=ROOT, env=clean(), capture_output=True, text=True, check=False)

    assert (made.returncode, made.stderr) == (0, "")
    assert len((tmp_path / "keys.txt").read_text().split()) == 10


def test_the_lines_of_the_readme_do_what_it_says(demo, folder, tmp_path):
    (tmp_path / ".local").symlink_to(folder)
    readme = (ROOT / "README.md").read_text()
    _commands, *blocks = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    before = set(Path(demo["mail_dir"]).glob("*.eml"))

    told = subprocess.run(
        ["bash", "-euc", "\n".join(blocks)], cwd=tmp_path, env=clean(), capture_output=True, text=True, check=True
    ).stdout

    assert re.findall(r"HTTP/1\.1 (\d+)", told) == ["202", "200"]
    assert '"confirmation":"mail-after-filing"' in told
    deadline = time.monotonic() + 20
    while not any(b"To: ada@example.org" in mail.read_bytes() for mail in set(Path(demo["mail_dir"]).glob("*.eml")) - before):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_each_roles_settings_lie_where_only_their_owner_can_read_them(demo, folder):
    places = {path.name: path for path in (folder / "demo" / "env").iterdir()}

    assert places.keys() == {*demo["roles"], "migrate"}
    assert {path.stat().st_mode & 0o777 for path in places.values()} == {0o600}
    for name, path in places.items():
        settings = envfile.read(path)
        urls = {settings.get(each) for each in URL_NAMES.values()} - {None}
        assert settings["REGSVC_ROLE"] == name
        assert urls == set((demo["databases"] if name == "migrate" else demo["roles"][name]["database_urls"]).values())


def test_only_one_demo_runs_in_a_folder(demo, folder):
    again = subprocess.run(
        command("demo", "--fresh", "--directory", str(folder)), cwd=ROOT, env=clean(), capture_output=True, text=True, check=False
    )

    assert (again.returncode, again.stderr) == (1, "demo: A demo is already running from this folder. Stop it first.\n")


@pytest.mark.proof
def test_nothing_outlives_a_killed_demo_and_the_next_start_is_quick(tmp_path):
    argv = command("demo", "--scale", "0", "--directory", str(tmp_path))
    for limit in (90, 15):
        begun = time.monotonic()
        with subprocess.Popen(argv, cwd=ROOT, env=clean(), stdout=subprocess.DEVNULL, text=True) as running:
            while (tmp_path / "demo.json").exists():  # of the demo that was killed: the next one soon takes it away
                assert time.monotonic() - begun < limit
                time.sleep(0.05)
            await_ready(tmp_path, running)
            assert time.monotonic() - begun < limit
            running.kill()
        deadline = time.monotonic() + 15
        while left(tmp_path):
            assert time.monotonic() < deadline
            time.sleep(0.1)
