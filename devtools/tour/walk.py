"""What the chapters of the tour share: the person, the doors to the service, and patience."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from activation import product_keys
from activation.product_keys import Key
from devtools.demo.caller import Caller
from devtools.demo.running import Running
from devtools.tour.evidence import Values, rows
from devtools.tour.story import Story
from devtools.tour.window import Window
from privacy import receipts
from privacy.receipts import Receipt

PURPOSE, OTHER = "updates/vendor", "offers/acme"
PERSON: dict[str, Any] = {
    "product": "srv-std",
    "manufacturer": "acme",
    "country": "DE",
    "language": "en",
    "contact": {
        "email": "zoe.beispiel@example.org",
        "name": "Zoë Beispiel",
        "company": "Beispiel & Töchter GmbH",
        "phone": "+4930123456",
        "address": "Musterweg 1\n10115 Musterstadt",
    },
    "details": {"purchased_on": "2026-11-20", "purchased_from": "Beispiel-Laden", "serial": "SN-1042-7731"},
}
SECONDS = 30.0
PAUSE = 0.1
T = TypeVar("T")


class Waited(Exception):
    """Something that should have happened did not."""


@dataclass
class Walk:
    """One person's way through the service."""

    up: Running
    story: Story
    public: Caller
    activation: Caller
    console: Window
    registrar: Window
    operator: Window
    body: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    link: str = ""
    certificate: str = ""

    @property
    def key(self) -> Key:
        """The product key that the person bought."""
        return self.sold("retail", 0)

    def sold(self, channel: str, number: int) -> Key:
        """One of the demo's product keys."""
        keys = [each for each in self.up.stage.notes.product_keys if each.channel == channel]
        return product_keys.read(keys[number].key)

    @property
    def receipt(self) -> Receipt:
        """The person's receipt."""
        return receipts.parse(self.answer["receipt"])

    @property
    def id(self) -> str:
        """The registration's id, which derives from the receipt."""
        return str(self.receipt.registration)

    @property
    def values(self) -> Values:
        """What must be readable nowhere."""
        named = PERSON["contact"] | {name: PERSON["details"][name] for name in ("purchased_from", "serial")}
        return Values({name: value.splitlines()[0] for name, value in named.items()})

    @property
    def key_values(self) -> Values:
        """The product key, as it is written and as it is read: it must be readable nowhere either."""
        text = self.key.text
        return Values({"key": text, "key without dashes": text.replace("-", "")})

    def rows(self, alias: str, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows as the database's superuser sees them."""
        return rows(self.up.stage.servers, alias, sql, *values)

    def grants(self) -> list[dict[str, Any]]:
        """The keystore's grants to this registration."""
        return self.rows("keystore", "SELECT * FROM keystore_grant WHERE registration_id = %s ORDER BY purpose", self.id)

    def submission(self, digest: str) -> dict[str, Any]:
        """What became of a letter, when it has been handled."""

        def handled() -> dict[str, Any] | None:
            found: dict[str, Any] = self.public.ask("GET", f"/api/v1/submissions/{digest}").json()
            return None if found["status"] == "waiting" else found

        return until(handled, "a letter to be filed")

    def own(self) -> Any:
        """The person's own record."""
        return self.public.ask("GET", "/api/v1/my/registration", headers=self.bearer())

    def bearer(self) -> dict[str, str]:
        """The receipt as a header."""
        return {"Authorization": f"Bearer {self.receipt.text}"}


def until(look: Callable[[], T | None], what: str) -> T:
    """What *look* finds, as soon as it finds something.

    Raises:
        Waited: It found nothing in half a minute.
    """
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(PAUSE)
    raise Waited(f"waited {SECONDS:.0f} s for {what}")


@contextmanager
def beginning(up: Running, story: Story) -> Iterator[Walk]:
    """A walk, with a window on two roles."""
    with ExitStack() as stack:
        log = stack.enter_context((up.stage.logs / "windows.log").open("ab"))
        urls = up.stage.ports.urls()
        public, activation = (stack.enter_context(Caller(urls[name])) for name in ("public", "activation"))
        console, registrar, operator = (
            stack.enter_context(Window(up.stage.environment(role), log)) for role in ("console", "registrar", "operator")
        )
        yield Walk(up, story, public, activation, console, registrar, operator)
