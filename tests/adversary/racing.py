"""The race that made choices active for mailboxes that were never asked: the address changes while a mail is under way."""

import importlib.abc
import importlib.util
import sys
import threading
import time
from collections.abc import Callable, Mapping

from devtools.demo.caller import Caller
from tests.adversary.town import Town, web_of
from tests.adversary.web import UPDATES, Receipted

LONGEST = 3 * 3600  # seconds: mails to a thousand mailboxes at a server that takes its time
WAITING = "SELECT count(*) FROM intake_letter WHERE status = 'waiting'"


def moved_during_a_mail(town: Town, own: Mapping[str, Receipted], verb: str, boxes: Callable[[str], str]) -> None:
    """While the first mail to one's own mailboxes stands at a verb, all move to others; then every link is followed."""
    with town.office.holding(verb) as held:
        town.ring("send_service_mail")
        assert held.wait(8)
        for each in own.values():
            assert town.web.move(each.receipt, boxes("victim")) == 202
        town.ring("sweep")
        town.until(lambda: not town.count(WAITING), "the moves were not filed")
    town.over()
    for link in town.office.links(own):
        town.web.press(link)
    town.sweep()


class Attack:
    """Register one's own mailbox, wait until it is filed, change it to the victim's, and follow what comes to one's own.

    Args:
        town: The service, with its clock.
        count: How many victims.
        name: Makes this attack's addresses its own.
        at_own_server: Whether the address changes when one's own mail server is asked for the recipient, which it then
            answers after *delay* seconds; otherwise it changes as soon as the registration is filed.
    """

    THREADS = 8

    def __init__(self, town: Town, count: int, name: str, *, delay: float = 0, at_own_server: bool = False) -> None:
        self.town, self.name, self.delay, self.at_own_server = town, name, delay, at_own_server
        self.numbers = iter(range(count))
        self.own: dict[str, Receipted] = {}
        self.moved: set[str] = set()
        self.followed = 0
        self.failures: list[BaseException] = []
        self.over = threading.Event()

    def run(self) -> int:
        """How many victims' choices stand at the end."""
        threads = [threading.Thread(target=self._safely, args=(self._register,)) for _ in range(self.THREADS)]
        reader = threading.Thread(target=self._safely, args=(self._follow,))
        self.town.office.at_rcpt = self._asked if self.at_own_server else None
        for thread in (*threads, reader):
            thread.start()
        for thread in threads:
            thread.join()
        self.town.house.until(self.town.house.settled, "letters or mails still wait", seconds=LONGEST)
        for each in self.own.keys() - self.moved:
            self._move(each)
        self.over.set()
        reader.join()
        self.town.house.until(self.town.house.settled, "confirmations still wait", seconds=LONGEST)
        self.town.office.at_rcpt = None
        if self.failures:
            raise self.failures[0]
        return sum("active" in self.town.web.states(each.receipt).values() for each in self.own.values())

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (raised again at the end of the run)
            self.failures.append(error)

    def _register(self) -> None:
        with Caller(self.town.house.url) as caller:
            web = web_of(caller)
            for number in self.numbers:
                box = f"{self.name}{number}@evil.example"
                own = web.register(box, UPDATES)
                self.own[box] = own
                while not self.at_own_server and web.json("GET", own.submission)[1]["status"] == "waiting":
                    time.sleep(0.05)
                if not self.at_own_server:
                    assert web.move(own.receipt, self._victim(box)) == 202
                    self.moved.add(box)

    def _victim(self, box: str) -> str:
        return f"victim-{box.partition('@')[0]}@example.org"

    def _asked(self, box: str) -> None:
        if box in self.own and box not in self.moved:
            began = time.monotonic()
            self._move(box)
            self.town.ring("sweep")
            time.sleep(max(0, self.delay - (time.monotonic() - began)))

    def _move(self, box: str) -> None:
        self.moved.add(box)
        with Caller(self.town.house.url) as caller:
            assert web_of(caller).move(self.own[box].receipt, self._victim(box)) == 202

    def _follow(self) -> None:
        seen, ending = 0, False
        with Caller(self.town.house.url) as caller:
            web = web_of(caller)
            while True:
                mails = self.town.office.mails(since=seen)
                seen += len(mails)
                for link in (link for mail in mails if mail.to in self.own for link in mail.links):
                    web.press(link)
                    self.followed += 1
                if ending:
                    return
                ending = self.over.is_set()
                time.sleep(0.1)


class Careless(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The positive control: a mailer that does not hold a mail's mailbox against the index. Stands first in `sys.meta_path`."""

    NAME = "keystore.mailing"
    LEFT_OUT = (("AND mac = %s", "AND %s::bytea IS NOT NULL"), ("hash=token_hash, mac=mac,", "hash=token_hash,"))

    def find_spec(self, name, path, _target=None):
        if name != self.NAME:
            return None
        found = importlib.util.spec_from_file_location(name, f"{path[0]}/mailing.py")
        self.source = found.loader.get_source(name)
        for what, instead in self.LEFT_OUT:
            assert what in self.source, "the comparison looks different now: leave it out here too"
            self.source = self.source.replace(what, instead)
        found.loader = self
        return found

    def create_module(self, _spec):
        return None

    def exec_module(self, module):
        exec(compile(self.source, module.__name__, "exec"), module.__dict__)  # noqa: S102 (our own code, on purpose)


def leave_out() -> None:
    """Called by `sitecustomize` in the mailer's process."""
    sys.meta_path.insert(0, Careless())


__all__ = ("Attack", "leave_out", "moved_during_a_mail")
