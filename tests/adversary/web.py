"""The service as somebody outside sees it: requests and answers, whoever carries them."""

import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
BUTTON = re.compile(r'name="registration" value="([^"]+)">\s*<input type="hidden" name="choice" value="([^"]+)"')
UPDATES, OFFERS = "updates/vendor", "offers/vendor"


class Answer(Protocol):
    """What a server answered."""

    status: int
    body: bytes


Ask = Callable[[str, str, bytes, Mapping[str, str]], Answer]


@dataclass(eq=False, slots=True)
class Receipted:
    """What registering gave: the secret, the number, and where to ask whether it is filed."""

    receipt: str
    number: str
    submission: str


class Web:
    """The public role's API and pages."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self._wordings: dict[str, str] = {}

    def json(self, method: str, path: str, value: Any = None, **headers: str) -> tuple[int, Any]:
        """Ask with a JSON body; the status, and the answer if it is JSON."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        if value is not None:
            named.setdefault("Content-Type", "application/json")
        answer = self.ask(method, path, b"" if value is None else json.dumps(value).encode(), named)
        return answer.status, json.loads(answer.body) if answer.body[:1] in {b"{", b"["} else None

    def choice(self, purpose: str, *, granted: bool = True) -> dict[str, Any]:
        """One choice as a body holds it, with the wording that the notice shows."""
        if not self._wordings:
            _, notice = self.json("GET", "/api/v1/notice?product=srv-std&language=en")
            self._wordings = {f"{each['topic']}/{each['sender']}": each["wording"] for each in notice["choices"]}
        topic, _, sender = purpose.partition("/")
        return {"topic": topic, "sender": sender, "granted": granted, "wording": self._wordings[purpose]}

    def post(self, email: str, *purposes: str, **contact: str) -> tuple[int, Any]:
        """Post a registration, whatever the answer."""
        body = {"product": "srv-std", "contact": {"email": email} | contact, "choices": [self.choice(each) for each in purposes]}
        return self.json("POST", "/api/v1/registrations", body, Idempotency_Key=str(uuid.uuid4()))

    def register(self, email: str, *purposes: str, **contact: str) -> Receipted:
        """Register, which must be accepted."""
        status, answer = self.post(email, *purposes, **contact)
        assert status == 202, status
        return Receipted(answer["receipt"], answer["number"], answer["submission"])

    def change(self, receipt: str, **members: Any) -> int:
        """Change one's own registration."""
        headers = {"Authorization": f"Bearer {receipt}", "Content_Type": "application/merge-patch+json"}
        return self.json("PATCH", "/api/v1/my/registration", members, **headers)[0]

    def move(self, receipt: str, email: str) -> int:
        """Give another address."""
        return self.change(receipt, contact={"email": email})

    def choose(self, receipt: str, purpose: str, *, granted: bool) -> int:
        """Choose, or end, one kind of mail."""
        return self.change(receipt, choices=[self.choice(purpose, granted=granted)])

    def erase(self, receipt: str) -> int:
        """Erase one's own registration."""
        return self.json("DELETE", "/api/v1/my/registration", Authorization=f"Bearer {receipt}")[0]

    def see(self, receipt: str) -> dict[str, Any] | None:
        """One's own registration; None where it is not known."""
        status, found = self.json("GET", "/api/v1/my/registration", Authorization=f"Bearer {receipt}")
        assert status in {200, 404}, status
        return found if status == 200 else None

    def states(self, receipt: str) -> dict[str, str]:
        """How each choice stands, by purpose; nothing where the registration is not known."""
        found = self.see(receipt) or {"choices": []}
        return {f"{each['topic']}/{each['sender']}": each["state"] for each in found["choices"]}

    def lose(self, email: str) -> int:
        """Ask for new receipts."""
        return self.json("POST", "/api/v1/my/receipt", {"email": email})[0]

    def asked(self, link: str) -> set[tuple[str, str]]:
        """What the page of a confirmation's link asks about: number and purpose."""
        return set(BUTTON.findall(self.ask("GET", f"/confirm/{link}", b"", {}).body.decode()))

    def press(self, link: str, choices: Iterable[tuple[str, str]] | None = None) -> None:
        """Press the button of a confirmation's page: the one for all, or those of some choices."""
        fields = [{}] if choices is None else [{"registration": number, "choice": purpose} for number, purpose in choices]
        for each in fields:
            answer = self.ask("POST", f"/confirm/{link}", urlencode(each).encode(), {"Content-Type": FORM})
            assert answer.status in {200, 404}, answer.status
