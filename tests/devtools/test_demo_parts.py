"""The demo's parts, each by itself: nothing runs."""

import signal
import socket
import sys
import time
import unicodedata
from email.message import EmailMessage

import pytest

from catalogue import publishing
from catalogue.models import Wording
from devtools.demo import cli, mail_page, people, ports, prepare, supervisor
from devtools.demo.running import FOREIGN
from devtools.embedded import StartFailed


@pytest.mark.parametrize("name", ["DATABASE_URL", "REGSVC_ROLE", "REDIS_URL_FILE"])
def test_it_refuses_beside_the_settings_of_a_real_service(name, monkeypatch, capsys):
    for setting in FOREIGN:
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.setenv(name, "anything")

    assert cli.main([]) == 2

    assert capsys.readouterr().err.startswith(f"demo: {name} is set")


def test_a_start_leaves_what_an_administrator_made_of_the_catalogue(life):
    publishing.load(
        {"notices": [{"product": None, "language": "de", "text": "Ganz freiwillig.", "status": "published"}]}, at=life.at
    )
    ended = Wording.objects.filter(topic="offers", sender="acme", retired_on=None).values_list("pk", flat=True)
    publishing.retire_all(digests=list(ended), at=life.at)
    publishing.load({"products": [{"code": "desk-pro", "name": "Renamed", "active": False}]}, at=life.at)
    before = publishing.dump()

    prepare._catalogue()

    assert publishing.dump() == before


def test_people_are_made_up_and_always_the_same():
    crowd = [people.person(number) for number in range(300)]
    names = "".join(one.body.get("contact", {}).get("name", "") for one in crowd)
    addresses = [one.body["contact"]["email"] for one in crowd if "contact" in one.body]

    assert crowd == [people.person(number) for number in range(300)]
    assert len(addresses) == len(set(addresses))
    assert {address.partition("@")[2] for address in addresses} == set(people.DOMAINS)
    scripts = {unicodedata.name(letter).split()[0] for letter in names if letter.isalpha()}
    assert scripts >= {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HANGUL", "DEVANAGARI", "THAI"}


def test_a_mail_cannot_run_anything_on_the_page():
    mail = EmailMessage()
    mail["Subject"] = "<script>alert(1)</script>"
    mail.set_content('see http://localhost/?a=1&b="><script>alert(2)</script>')

    page = mail_page.letter("000001", mail)
    assert "<script" not in page
    assert '<a href="http://localhost/?a=1&amp;b="' in page


def test_a_taken_port_is_named_or_another_one_is_chosen(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "USUAL", port)
        with pytest.raises(ports.PortTaken, match=str(port)):
            ports.Ports.from_base(port)

        assert port not in ports.Ports.usual()


def test_the_ports_of_the_last_start_are_taken_again_if_they_are_free(tmp_path):
    file = tmp_path / "ports.json"
    first = ports.Ports.any()
    first.remember(file)

    assert ports.Ports.again(file) == first
    with socket.create_server(("127.0.0.1", first.console)):
        second = ports.Ports.again(file)
    assert second._replace(console=first.console) == first
    assert second.console != first.console


@pytest.mark.parametrize("content", ["", "[]", '{"public": "x"}', '{"public": 99999999}', "null"])
def test_ports_that_cannot_be_read_are_the_usual_ones(tmp_path, content, monkeypatch):
    (tmp_path / "ports.json").write_text(content)
    monkeypatch.setattr(ports.Ports, "usual", lambda: "the usual ones")

    assert ports.Ports.again(tmp_path / "ports.json") == "the usual ones"
    assert ports.Ports.again(tmp_path / "none.json") == "the usual ones"


class Server:
    """A server of a stage: dead, and as often as is wanted it dies while it starts."""

    def __init__(self, name, failures=0):
        self.name, self.pid, self.log, self.failures = name, 0, "log", failures

    def start(self):
        if self.failures:
            self.failures -= 1
            raise StartFailed(self.name)
        self.pid = 1


@pytest.fixture
def tended(monkeypatch, tmp_path):
    """A supervisor of one short-lived process and two servers."""
    made = supervisor.Cast.__new__(supervisor.Cast)
    worker = supervisor.Part("worker", [sys.executable, "-c", "import sys; sys.exit(70)"], {}, tmp_path / "log", lambda: True)
    servers = type("Servers", (), {"servers": {"default": Server("default", failures=1)}, "valkey": Server("valkey")})
    made.stage = type("Stage", (), {"servers": servers})
    made.parts, made.servers, made.changed = {"worker": worker}, supervisor.defaultdict(supervisor.Restarts), lambda: None
    worker.start()
    yield made
    worker.signal(signal.SIGKILL, group=True)
    worker.process.wait()


def test_a_worker_that_ends_itself_is_started_again_after_longer_and_longer_pauses(tended, capsys):
    worker, pids = tended.parts["worker"], set()
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        pids.add(worker.pid)
        tended.tend()
        time.sleep(0.02)

    assert 4 <= len(pids) <= 6
    told = capsys.readouterr()
    assert "worker ended (exit code 70); starting it again (log:" in told.out + told.err
    assert "starting it again in 2 s" in told.out + told.err


def test_a_server_that_dies_while_it_starts_does_not_end_the_demo(tended):
    for _ in range(2):
        tended.tend()

    assert tended.stage.servers.valkey.pid == tended.stage.servers.servers["default"].pid == 1
