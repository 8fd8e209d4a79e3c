"""Registrations made through the services, for tests. Names are invented; mailboxes are of example.org."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections

from catalogue import snapshot
from intake import registering
from intake.registering import Accepted
from keystore import grants
from keystore.models import Grant, Token
from privacy import receipts
from privacy.receipts import Receipt
from registration import mailed_links, registrar, self_service
from registration.models import Confirmation, Registration
from registration.policy import House

PRODUCT = "srv-std"


def wording(topic: str = "updates", sender: str = "vendor") -> str:
    """The digest of the current English wording."""
    shown = snapshot.current().choices(PRODUCT, None if sender == "vendor" else sender, "en")
    return next(each.wording for each in shown if (each.topic, each.sender) == (topic, sender))


def choice(purpose: str, *, granted: bool = True) -> dict[str, Any]:
    topic, _, sender = purpose.partition("/")
    return {"topic": topic, "sender": sender, "granted": granted, "wording": wording(topic, sender)}


def body(*purposes: str, **members: Any) -> dict[str, Any]:
    """A registration that grants these purposes."""
    makers = {purpose.partition("/")[2] for purpose in purposes} - {"vendor"}
    made = {"product": PRODUCT, "choices": [choice(purpose) for purpose in purposes]}
    if makers:
        made["manufacturer"] = makers.pop()
    return made | members


@dataclass
class Life:
    """A clock, and what happens on it."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    house: House = field(default_factory=House)

    def register(self, *purposes: str, email: str | None = "ada@example.org", key: str | None = None, **members: Any) -> Receipt:
        """Post a registration."""
        contact = members.pop("contact", {}) | ({"email": email} if email else {})
        return self.post(body(*purposes, contact=contact, **members), key=key).receipt

    def post(self, made: dict[str, Any] | bytes, key: str | None = None) -> Accepted:
        raw = made if isinstance(made, bytes) else json.dumps(made).encode()
        self.at += timedelta(milliseconds=1)
        return registering.register(
            raw, idempotency_key=key, channel="api", without_mailbox=self.house.without_mailbox, at=self.at
        )

    def sweep(self) -> int:
        """File everything that waits; how many letters were handled."""
        return registrar.sweep_all(house=self.house, at=self.at).handled

    def change(self, receipt: Receipt, **members: Any) -> self_service.Posted:
        self.at += timedelta(milliseconds=1)
        return self_service.change(receipt=receipt, body=json.dumps(members).encode(), channel="api", at=self.at)

    def lower(self, receipt: Receipt, purpose: str) -> self_service.Posted:
        return self.change(receipt, choices=[choice(purpose, granted=False)])

    def erase(self, receipt: Receipt) -> self_service.Posted:
        self.at += timedelta(milliseconds=1)
        return self_service.erase(receipt=receipt, at=self.at)

    def mailed(self, receipt: Receipt, purpose: str) -> bytes:
        """A confirm token, armed as the mailer does it."""
        return self.link(receipt, purpose)

    def link(self, receipt: Receipt, *purposes: str) -> bytes:
        """A confirmation's link to these choices, armed as the mailer does it."""
        token = receipts.fresh().secret
        stored = Token.objects.using("keystore").filter(
            registration_id=receipt.registration, purpose__in=purposes, kind__in=("pending", "confirm")
        )
        assert stored.update(hash=receipts.token_hash(token), kind="confirm") == len(purposes)
        return token

    def confirm(self, token: bytes, *choices: tuple[str, str]) -> None:
        self.at += timedelta(milliseconds=1)
        mailed_links.confirm(token=token, at=self.at, choices=choices)

    def confirmed(self, *purposes: str, **members: Any) -> Receipt:
        """A registration that is filed and whose choices are confirmed."""
        receipt = self.register(*purposes, **members)
        self.sweep()
        for purpose in purposes:
            self.confirm(self.mailed(receipt, purpose))
        self.sweep()
        return receipt

    def live(self, receipt: Receipt) -> set[str]:
        """The purposes that open the registration at this moment, by the keystore's rows."""
        return set(Grant.objects.using("keystore").filter(registration_id=receipt.registration).values_list("purpose", flat=True))

    def marketing(self, receipt: Receipt) -> set[str]:
        return {purpose for purpose in self.live(receipt) if grants.is_marketing(purpose)}

    def states(self, receipt: Receipt) -> dict[str, str]:
        return {standing.purpose: state for standing, state in self_service.see(receipt=receipt).standings()}

    def unsubscribe_token(self, receipt: Receipt, purpose: str) -> bytes:
        """What the link in a mail holds."""
        return grants.open_many([receipt.registration], purpose=purpose)[receipt.registration].unsubscribe

    def mails(self, receipt: Receipt) -> list[str]:
        return list(Confirmation.objects.filter(registration=receipt.registration).values_list("kind", flat=True))

    def row(self, receipt: Receipt) -> Registration:
        return Registration.objects.get(id=receipt.registration)


def superuser(alias: str, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Rows as the owner of the database sees them."""
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
