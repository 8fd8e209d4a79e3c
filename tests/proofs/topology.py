"""A whole service on servers of its own: each role in its own process, with its own logins and keys."""

import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from devtools.demo.caller import Caller
from devtools.demo.ports import Ports
from devtools.demo.supervisor import Cast
from devtools.demo.workspace import ROOT, Stage
from devtools.embedded import Servers
from privacy.receipts import Receipt, parse
from tests.registration import misbehaving
from tests.registration.sinks import Sink

ROLES = ("public", "activation", "registrar", "mailer", "clock", "front")
SECONDS = 90


class House:
    """What the proofs need of a running service."""

    def __init__(self, stage: Stage, sink: Sink) -> None:
        self.stage, self.sink, self.servers = stage, sink, stage.servers
        self.cast = Cast(stage)
        self.cast.parts = self.parts = {name: self.cast.parts[name] for name in ROLES}
        self.url = stage.ports.urls()["public"]

    def start(self) -> None:
        for part in self.parts.values():
            part.start()
        for part in self.parts.values():
            self.until(part.ready, f"{part.name} is not ready: {part.log.read_text()[-800:]}")

    def tend(self) -> None:
        """Start again what has ended, as the demo does."""
        self.cast.tend()

    def kill(self, name: str) -> None:
        """Kill -9 a role with all that it started."""
        self.parts[name].signal(signal.SIGKILL, group=True)
        self.parts[name].process.wait()

    def stop(self) -> None:
        for name, part in self.parts.items():
            if part.process:
                self.kill(name)

    def rows(self, alias: str, sql: str, *values: object) -> list[tuple]:
        """What the superuser of a server sees."""
        with psycopg.connect(self.servers.superuser_url(alias), autocommit=True) as connection:
            return connection.execute(sql, values or None).fetchall()

    def until(self, condition: Callable[[], object], why: str = "it did not happen", seconds: float = SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(why)
            time.sleep(0.1)

    def settled(self) -> bool:
        """No letter waits, and no mail that is due."""
        letters = self.rows("default", "SELECT count(*) FROM intake_letter WHERE status = 'waiting'")
        mails = self.rows(
            "default",
            "SELECT count(*) FROM registration_confirmation WHERE state = 'claimed' OR state = 'waiting' AND next_try <= now()",
        )
        return letters == mails == [(0,)]

    def run_as(self, role: str, code: str) -> str:
        """What our own code prints, run with one role's environment."""
        argv = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
        env = self.stage.environment(role)
        done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, done.stderr[-1500:]
        return done.stdout

    def tidy(self) -> None:
        """The nightly tidying, as the registrar."""
        code = "from django.utils import timezone\nfrom registration import cleanup\ncleanup.tidy(at=timezone.now())"
        self.run_as("registrar", code)

    def caller(self) -> Caller:
        return Caller(self.url)

    def wordings(self) -> dict[str, str]:
        """The digests of the English wordings, by purpose."""
        rows = self.rows("default", "SELECT topic, sender, digest FROM catalogue_wording WHERE language = 'en'")
        return {f"{topic}/{sender}": digest for topic, sender, digest in rows}

    def choice(self, purpose: str, *, granted: bool = True) -> dict[str, object]:
        topic, _, sender = purpose.partition("/")
        return {"topic": topic, "sender": sender, "granted": granted, "wording": self.wordings()[purpose]}

    def register(self, *purposes: str, **members: object) -> Receipt:
        """One registration through the public API."""
        body = {"product": "srv-std", "manufacturer": "acme", "choices": [self.choice(each) for each in purposes]} | members
        with self.caller() as caller:
            answer = caller.post("/api/v1/registrations", body, Idempotency_Key=str(uuid.uuid4()))
        assert answer.status == 202, answer.body
        return parse(answer.json()["receipt"])

    def mine(self, method: str, receipt: Receipt, body: object = None) -> int:
        """Change or erase one's own registration."""
        headers = {"Authorization": f"Bearer {receipt.text}"}
        raw = None if body is None else json.dumps(body).encode()
        if raw:
            headers["Content-Type"] = "application/merge-patch+json"
        with self.caller() as caller:
            return caller.ask(method, "/api/v1/my/registration", body=raw, headers=headers).status


@contextmanager
def house(folder: Path, mail_server: Callable[[], Sink | misbehaving.Server] = Sink) -> Iterator[House]:
    """Everything up, as long as the block; nothing is left running. *mail_server* makes the one that it sends to."""
    folder.mkdir(exist_ok=True)
    with mail_server() as sink, Servers(folder) as servers:
        stage = Stage(servers, Ports.any()._replace(smtp=sink.port))
        stage.prepare()
        found = House(stage, sink)
        try:
            found.start()
            yield found
        finally:
            found.stop()
