"""What the registrar files. Everything personal is sealed; what stands in clear says nothing about a person."""

import uuid
from datetime import date, datetime
from typing import Annotated

from django.db import models

from catalogue.models import Manufacturer, Product
from intake.letters import PROVE, REACH, Contact, Details, Dotted
from privacy.fields import SealedField

SEND = REACH._replace(purpose="to send you a message about your registration", keep="until it is sent or has expired", reveal=())
TECHNICAL = PROVE._replace(purpose="to keep your decisions in order")


class Consent(Dotted, omit_defaults=True):
    """One decision, as it can be proved. Sealed."""

    count: Annotated[int, TECHNICAL]
    decision: Annotated[str, PROVE]
    day: Annotated[date, PROVE]
    channel: Annotated[str, PROVE]
    purpose: Annotated[str, PROVE] = ""
    wording: Annotated[str | None, PROVE] = None
    notice: Annotated[str | None, PROVE] = None
    locale: Annotated[str | None, PROVE] = None
    confirmed: Annotated[bool, PROVE] = False


class Errand(Dotted, omit_defaults=True):
    """What a service mail needs beside the contact: to which mailbox it goes, whatever the contact says by then. Sealed."""

    purposes: Annotated[tuple[str, ...], SEND] = ()
    wordings: Annotated[tuple[tuple[str, str], ...], SEND] = ()
    address: Annotated[str | None, SEND] = None
    receipt: Annotated[bytes | None, SEND] = None
    mac: Annotated[bytes, SEND] = b""
    counted: Annotated[bytes, SEND] = b""
    tagged: Annotated[bool, SEND] = False
    asked: Annotated[datetime | None, SEND] = None


class Registration(models.Model):
    """One product registered by one person, or by nobody in particular."""

    class State(models.TextChoices):
        """Whether it may be used."""

        LIVE = "live"
        RESTRICTED = "restricted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    manufacturer = models.ForeignKey(Manufacturer, on_delete=models.PROTECT, null=True, related_name="+")
    month = models.DateField(help_text="First day of the month: a finer date would link it to an activation.")
    state = models.CharField(max_length=10, choices=State, default=State.LIVE)
    contact = SealedField(Contact, compartment="contact", null=True)
    details = SealedField(Details, compartment="details", null=True)

    personal = {"contact": Contact, "details": Details}
    not_personal = ("id", "product", "manufacturer", "month", "state")

    def __str__(self) -> str:
        return f"registration {self.id}"


class ConsentRecord(models.Model):
    """One decision of a person. Append-only: it goes only with its registration."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="consents")
    consent = SealedField(Consent, compartment="consent")

    personal = {"consent": Consent}
    not_personal = ("id", "registration")

    def __str__(self) -> str:
        return f"consent record {self.id}"


class Heartbeat(models.Model):
    """When the sweep and the mail run last ended: one row each, overwritten by every run. The clock's doing, not a person's."""

    task = models.CharField(primary_key=True, max_length=40)
    ended_at = models.DateTimeField()
    stuck = models.PositiveIntegerField(default=0, help_text="Letters that waited then because of a mistake of ours.")

    personal: dict[str, object] = {}
    not_personal = ("task", "ended_at", "stuck")

    def __str__(self) -> str:
        return self.task


class Confirmation(models.Model):
    """A service mail to be sent: a confirmation, a welcome, word of a changed address, or new receipts. Deleted when settled."""

    class Kind(models.TextChoices):
        """Which mail."""

        CONFIRM = "confirm"
        WELCOME = "welcome"
        CHANGED = "changed"
        RECEIPTS = "receipts"

    class State(models.TextChoices):
        """How far it has come. What a killed worker held is undecided: it may have been sent, and is never sent again."""

        WAITING = "waiting"
        CLAIMED = "claimed"
        SENT = "sent"
        SKIPPED = "skipped"
        UNDECIDED = "undecided"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="confirmations")
    kind = models.CharField(max_length=10, choices=Kind)
    together = models.UUIDField(
        null=True, db_index=True, help_text="Waiting mails of one kind to one mailbox: they go out as one."
    )
    errand = SealedField(Errand, compartment="errand")
    next_try = models.DateTimeField(help_text="Not before; a day, or for a mail that the server put off a time.")
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    claim = models.UUIDField(null=True)

    personal = {"errand": Errand}
    not_personal = ("id", "registration", "kind", "together", "next_try", "attempts", "state", "claim")

    class Meta:
        indexes = [
            models.Index(fields=["next_try"], name="confirmation_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["claim"], name="confirmation_claimed", condition=models.Q(state="claimed")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} mail {self.id}"
