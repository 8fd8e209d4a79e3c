"""Thirty-two clients who register, change their minds and read their mail, and who try again until they are answered."""

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from devtools.demo.caller import Caller
from privacy.receipts import Receipt, parse
from tests.proofs.topology import House
from tests.registration.sinks import links

CLIENTS = 32
PURPOSE = "updates/vendor"
ACCEPTED, OK = 202, 200


@dataclass(slots=True)
class Person:
    """One registration, and what its person was answered."""

    number: int
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    receipt: Receipt | None = None
    lowered: bool = False
    erased: bool = False
    confirmed: bool = False

    @property
    def email(self) -> str:
        return f"kill{self.number}@example.org"


class Crowd:
    """All of them. `done` counts those who were acknowledged."""

    def __init__(self, house: House, count: int) -> None:
        self.house = house
        self.people = [Person(number) for number in range(count)]
        self.by_email = {person.email: person for person in self.people}
        self.choice, self.no = house.choice(PURPOSE), house.choice(PURPOSE, granted=False)
        self.done = self.retries = 0
        self.over = threading.Event()
        self.lock = threading.Lock()

    def answered(self, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int) -> bytes:
        """Ask until the wanted answer comes; anything else but a 5xx is a fault of ours."""
        while True:
            try:
                with Caller(self.house.url) as caller:
                    answer = caller.ask(method, path, body=body, headers=headers)
            except (OSError, http.client.HTTPException):
                answer = None
            if answer and answer.status == status:
                return answer.body
            assert answer is None or answer.status >= 500, (method, answer.status, answer.body)
            self.retries += 1
            time.sleep(0.1)

    def live(self, person: Person) -> None:
        """Register; one in ten says no at once, and one in ten erases everything at once."""
        body = {
            "product": "srv-std",
            "contact": {"email": person.email, "name": f"Kill {person.number}"},
            "choices": [self.choice],
        }
        headers = {"Content-Type": "application/json", "Idempotency-Key": person.key}
        raw = json.dumps(body).encode()
        receipt = parse(json.loads(self.answered("POST", "/api/v1/registrations", raw, headers, ACCEPTED))["receipt"])
        with self.lock:
            person.receipt = receipt
            self.done += 1
        mine = {"Authorization": f"Bearer {receipt.text}", "Content-Type": "application/json"}
        if person.number % 10 == 1:
            raw = json.dumps({"choices": [self.no]}).encode()
            self.answered("PATCH", "/api/v1/my/registration", raw, mine, ACCEPTED)
            person.lowered = True
        if person.number % 10 == 2:
            del mine["Content-Type"]
            self.answered("DELETE", "/api/v1/my/registration", None, mine, ACCEPTED)
            person.erased = True

    def read_mail(self) -> None:
        """Follow the link of every second mail that arrives."""
        seen = 0
        while True:
            ending = self.over.is_set()
            for to, content in self.house.sink.arrived[seen:]:
                seen += 1
                person = self.by_email.get(to)
                if person is None or person.number % 2:
                    continue
                for page, path in found(content):
                    if page == "confirm":
                        self.answered("POST", path, b"", {"Content-Type": "application/x-www-form-urlencoded"}, OK)
                        person.confirmed = True
            if ending:
                return
            time.sleep(0.1)

    def come(self, meanwhile: Callable[["Crowd"], None]) -> None:
        """Everybody lives at once while *meanwhile* runs in this thread."""
        reader = threading.Thread(target=self.read_mail)
        reader.start()
        with ThreadPoolExecutor(CLIENTS) as clients:
            living = [clients.submit(self.live, person) for person in self.people]
            meanwhile(self)
            for each in living:
                each.result()
        self.house.until(self.house.settled, "letters or mails still wait", seconds=300)
        self.over.set()
        reader.join()
        self.house.until(self.house.settled, "confirmations still wait", seconds=300)


def found(content: bytes) -> list[tuple[str, str]]:
    """A mail's links as pages and paths."""
    from registration.mail_content import written

    return [(page, f"/{page}/{written(token)}") for page, token in links(content)]
