"""The real processes of the service, without a clock: the tests ring, so that they know what happens before what."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from celery import Celery
from kombu import Exchange, Queue

from devtools.demo.caller import Caller
from devtools.demo.ports import Ports
from devtools.demo.workspace import Stage
from devtools.embedded import Servers
from tests.adversary.post_office import PostOffice
from tests.adversary.web import Web
from tests.proofs import topology

PARTS = ("front", "public", "registrar", "mailer")
QUEUES = {"sweep": "registrar", "send_service_mail": "service"}
SECONDS = 20.0


class Town:
    """A house whose bells the tests ring; `office` is its mail server, `web` its public side."""

    def __init__(self, house: topology.House, office: PostOffice) -> None:
        self.house, self.office = house, office
        self.caller = Caller(house.url)
        self.web = web_of(self.caller)
        self.rung: dict[str, datetime] = {}
        self.bell = Celery(broker=house.servers.environment()["REDIS_URL"], set_as_current=False)
        self.bell.conf.update(
            broker_transport_options={"global_keyprefix": "regsvc:"},
            task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES.values()],
        )
        self.watch = psycopg.connect(house.servers.superuser_url("default"), autocommit=True)

    def ring(self, task: str) -> None:
        """Let a worker do something as soon as it can."""
        self.rung[task] = datetime.now(UTC)
        self.bell.send_task(f"registration.tasks.{task}", queue=QUEUES[task])

    def until(self, condition: Callable[[], object], why: str, seconds: float = SECONDS) -> None:
        """Wait for it."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(why)
            time.sleep(0.02)

    def count(self, sql: str) -> int:
        """What the owner of `default` counts."""
        ((found,),) = self.watch.execute(sql).fetchall()
        return found

    def sweep(self) -> None:
        """File all that waits."""
        self.ring("sweep")
        self.over()
        assert not self.count("SELECT count(*) FROM intake_letter WHERE status = 'waiting'")

    def mail(self, condition: Callable[[], object] = lambda: True, why: str = "a mail did not come") -> None:
        """One whole run of the mailer; and what it must have brought."""
        self.ring("send_service_mail")
        self.over()
        self.until(condition, why, 0)

    def over(self) -> None:
        """Wait until every run that was rung for has ended."""
        for task, rung in self.rung.items():
            ended = f"SELECT count(*) FROM registration_heartbeat WHERE task = '{task}' AND ended_at > '{rung.isoformat()}'"
            self.until(lambda asked=ended: self.count(asked), f"no {task} ended", 60)
        self.rung.clear()

    def filed(self, email: str, *purposes: str, **contact: str):
        """Somebody who is registered and filed."""
        own = self.web.register(email, *purposes, **contact)
        self.sweep()
        return own

    def confirmed(self, email: str, *purposes: str, **contact: str):
        """Somebody whose mailbox has confirmed the choices."""
        own = self.filed(email, *purposes, **contact)
        self.mail(lambda: self.office.links([email]), "no confirmation came")
        for link in self.office.links([email]):
            self.web.press(link)
        self.sweep()
        assert set(self.web.states(own.receipt).values()) == {"active"}
        return own

    def close(self) -> None:
        self.watch.close()
        self.caller.connection.close()
        self.bell.close()


def web_of(caller: Caller) -> Web:
    """The public side, over one connection."""
    return Web(lambda method, path, body, headers: caller.ask(method, path, body=body, headers=headers))


@contextmanager
def town(folder: Path, *, clock: bool = False, careless: bool = False) -> Iterator[Town]:
    """Everything up, as long as the block.

    Args:
        folder: Where its servers' data lies.
        clock: Whether the clock rings too.
        careless: Whether the mailer leaves the comparison of mailboxes out: the positive control.
    """
    folder.mkdir(exist_ok=True)
    with PostOffice() as office, Servers(folder, fsync=False) as servers:
        stage = Stage(servers, Ports.any()._replace(smtp=office.port))
        stage.prepare()
        house = topology.House(stage, office)
        house.parts = {name: part for name, part in house.parts.items() if name in PARTS or (clock and name == "clock")}
        if careless:
            (folder / "sitecustomize.py").write_text("from tests.adversary import racing\nracing.leave_out()\n")
            house.parts["mailer"].env["PYTHONPATH"] += f":{folder}"
        found = None
        try:
            house.start()
            found = Town(house, office)
            yield found
        finally:
            if found:
                found.close()
            house.stop()
