"""Fills the demo as real people would: through the public API, and by following the links in the mails that come."""

import random
import re
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg

from devtools.demo import people
from devtools.demo.caller import Caller
from devtools.demo.workspace import Stage

OK, ACCEPTED = 200, 202
MISMATCH = 422  # the catalogue has changed since this person registered: they stay as they are
CONFIRM = re.compile(r"https?://\S+/confirm/[A-Za-z0-9_-]+")
STALLED = 60.0
PAUSE = 0.2
WAITING = "SELECT count(*) FROM intake_letter WHERE status = 'waiting'"
UNSENT = "SELECT count(*) FROM registration_confirmation WHERE state IN ('waiting', 'claimed')"


class Stalled(Exception):
    """Nothing moved for a minute."""


class Seeding:
    """Adds people to the demo until there are as many as wanted. Interrupted, it goes on where it stopped."""

    def __init__(self, stage: Stage, *, tell: Callable[[str], None], tend: Callable[[], None]) -> None:
        self.stage, self.tell, self.tend = stage, tell, tend
        self.notices: dict[tuple[str, ...], dict[str, Any]] = {}

    def run(self, wanted: int) -> str:
        """Register, wait for the mails, confirm about half; what was done, in words."""
        first = self.stage.notes.seeded
        before = {path.name for path in self.stage.mails.glob("*.eml")}
        with Caller(self.stage.ports.urls()["public"]) as public:
            for number in range(first, wanted):
                self._register(public, number)
                if number % 25 == 0:
                    self.tend()
                    self.tell(f"{number} of {wanted} registered")
            self._settled(WAITING, "letters to be filed")
            self._settled(UNSENT, "mails to be sent")
            new = sorted(path for path in self.stage.mails.glob("*.eml") if path.name not in before)
            confirmed = sum(_confirm(public, path) for path in new)
            self._settled(WAITING, "confirmations to be filed")
        self.stage.notes.seeded = wanted
        self.stage.remember()
        return f"{wanted - first} registered, {len(new)} mails, {confirmed} choices confirmed"

    def _register(self, public: Caller, number: int) -> None:
        one = people.person(number)
        if not (shown := self._notice(public, one.body)):
            return
        chance = random.Random(number)  # noqa: S311 (it makes samples, not secrets)
        choices = [
            {name: each[name] for name in ("topic", "sender", "wording")} | {"granted": chance.random() < one.eagerness}
            for each in shown["choices"]
        ]
        body = one.body | {"notice": shown["digest"], "choices": choices}
        answer = public.post("/api/v1/registrations", body, Idempotency_Key=one.key)
        if answer.status not in {ACCEPTED, MISMATCH}:
            raise Stalled(f"a registration was answered with {answer.status}")

    def _notice(self, public: Caller, body: dict[str, Any]) -> dict[str, Any]:
        """The notice that the person is shown, asked for once of each kind; empty where the product is registered no more."""
        asked: dict[str, str] = {name: body[name] for name in ("product", "manufacturer", "language") if name in body}
        kind = tuple(asked.values())
        if kind not in self.notices:
            answer = public.ask("GET", f"/api/v1/notice?{urlencode(asked)}")
            self.notices[kind] = answer.json() if answer.status == OK else {}
        return self.notices[kind]

    def _settled(self, sql: str, what: str) -> None:
        """Wait until a count of the database is zero."""
        left, moved = -1, time.monotonic()
        with psycopg.connect(self.stage.servers.superuser_url("default"), autocommit=True) as connection:
            while True:
                row = connection.execute(sql.encode()).fetchone()
                count = row[0] if row else 0
                if count == 0:
                    return
                if count != left:
                    left, moved = count, time.monotonic()
                if time.monotonic() - moved > STALLED:
                    raise Stalled(f"{count} {what}, but no progress: see the logs in {self.stage.logs}")
                self.tell(f"{count} {what}")
                self.tend()
                time.sleep(PAUSE)


def _confirm(public: Caller, path: Path) -> int:
    """Follow the links of every second mail; how many there were."""
    return sum(follow(public, link) for link in links(path)) if int(path.stem) % 2 == 0 else 0


def links(path: Path) -> list[str]:
    """The links of a mail that confirm a choice, each once."""
    body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
    return list(dict.fromkeys(CONFIRM.findall(body.get_content()))) if body else []


def follow(public: Caller, link: str) -> bool:
    """Open a mailed link and press its button."""
    path = urlsplit(link).path
    return public.ask("GET", path).status == OK and public.form(path).status == OK
