"""What activation stores: keys as keyed MACs, computers as coarse hashes, days and counts. Nothing about a person.

No column holds a time finer than a day, an address, a language or a name. `tests/activation/test_schema.py` holds the tables
against a list, and a new column without an entry there fails.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from activation.policies import CHANNELS
from activation.rules import State

SKETCH_BYTES = 32


class Agreement(models.Model):
    """A volume agreement. Whose it is stands in the vendor's own books, under the reference."""

    class Programme(models.TextChoices):
        """The kind of agreement."""

        SELECT = "select"
        ENTERPRISE = "enterprise"
        OPEN = "open"

    reference = models.CharField(max_length=11, primary_key=True, help_text="Drawn at random, with a check symbol.")
    programme = models.CharField(max_length=10, choices=Programme)
    seats = models.PositiveIntegerField()
    begins = models.DateField()
    ends = models.DateField(null=True)

    personal: dict[str, object] = {}
    not_personal = ("reference", "programme", "seats", "begins", "ends")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(programme="open") | Q(seats__gte=5), name="agreement_open_from_five"),
            models.CheckConstraint(condition=Q(seats__gte=1), name="agreement_seats"),
            models.CheckConstraint(condition=Q(ends__isnull=True) | Q(ends__gte=F("begins")), name="agreement_days"),
        ]

    def __str__(self) -> str:
        return f"agreement {self.reference}"


class Batch(models.Model):
    """Keys that were made together, and what they are good for."""

    number = models.PositiveSmallIntegerField(primary_key=True, help_text="15 bits: it stands in the key.")
    product = models.CharField(max_length=40)
    edition = models.CharField(max_length=40, blank=True, default="")
    channel = models.CharField(max_length=12, choices=[(channel, channel) for channel in CHANNELS])
    slots = models.PositiveSmallIntegerField()
    policy = models.CharField(max_length=20)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True)

    personal: dict[str, object] = {}
    not_personal = ("number", "product", "edition", "channel", "slots", "policy", "agreement")

    def __str__(self) -> str:
        return f"batch {self.number}"


class ProductKey(models.Model):
    """A product key, known by its MAC: the key itself is shown once, when it is made, and is not kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    epoch = models.CharField(max_length=10, help_text="Of the pepper.")
    mac = models.BinaryField(max_length=32, unique=True)
    locator = models.BinaryField(max_length=6, unique=True, help_text="Names the key on the telephone.")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=[(state, state) for state in State], default=State.LIVE)
    confirmation = models.BinaryField(help_text="What confirms by telephone, sealed to the operator's process.")
    confirmation_epoch = models.CharField(max_length=10)

    personal: dict[str, object] = {}
    not_personal = ("id", "epoch", "mac", "locator", "batch", "state", "confirmation", "confirmation_epoch")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=list(State)), name="productkey_state")]

    def __str__(self) -> str:
        return f"key {bytes(self.locator).hex()}"


class KeySlot(models.Model):
    """A place for one computer. All are made with the key; no process that activates may make another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.ForeignKey(ProductKey, on_delete=models.CASCADE)
    number = models.PositiveSmallIntegerField()

    personal: dict[str, object] = {}
    not_personal = ("id", "key", "number")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="keyslot_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="keyslot_from_one"),
        ]

    def __str__(self) -> str:
        return f"slot {self.number}"


class Binding(models.Model):
    """A computer in a slot. A slot holds one at a time: the limit is the index, whatever the code does."""

    class Ended(models.TextChoices):
        """How a binding ended."""

        RELEASED = "released"
        TRANSFERRED = "transferred"
        FREED = "freed"  # by the operator, which the holder's yearly number does not count

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slot = models.ForeignKey(KeySlot, on_delete=models.CASCADE)
    hardware_version = models.PositiveSmallIntegerField()
    hardware = models.BinaryField(max_length=5)
    product = models.CharField(max_length=40)
    bound_on = models.DateField()
    released_on = models.DateField(null=True)
    ended = models.CharField(max_length=12, choices=Ended, null=True)
    outcome = models.CharField(max_length=12, help_text="What was answered, so that a repeated request is answered alike.")
    attempt = models.BinaryField(max_length=32, null=True, help_text="MAC of the client's attempt; forgotten on the next day.")

    personal: dict[str, object] = {}
    not_personal = (
        "id",
        "slot",
        "hardware_version",
        "hardware",
        "product",
        "bound_on",
        "released_on",
        "ended",
        "outcome",
        "attempt",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slot"], condition=Q(released_on__isnull=True), name="binding_live"),
            models.CheckConstraint(
                condition=Q(released_on__isnull=True, ended__isnull=True) | Q(released_on__isnull=False, ended__isnull=False),
                name="binding_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"binding {self.id}"


class KeyPressure(models.Model):
    """How many different computers were refused a key on a day: a sketch of bits, from which no computer can be read."""

    pk = models.CompositePrimaryKey("key", "day")
    key = models.ForeignKey(ProductKey, on_delete=models.CASCADE)
    day = models.DateField()
    sketch = models.BinaryField(max_length=SKETCH_BYTES)

    personal: dict[str, object] = {}
    not_personal = ("pk", "key", "day", "sketch")

    class Meta:
        indexes = [models.Index(fields=["day"], name="keypressure_day")]

    def __str__(self) -> str:
        return f"pressure of {self.day}"


class DayTally(models.Model):
    """How often something was answered on a day. Several rows share one count, so that activations do not wait for each other."""

    pk = models.CompositePrimaryKey("day", "product", "answer", "part")
    day = models.DateField()
    product = models.CharField(max_length=40)
    answer = models.CharField(max_length=20)
    part = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=0)

    personal: dict[str, object] = {}
    not_personal = ("pk", "day", "product", "answer", "part", "count")

    def __str__(self) -> str:
        return f"tally of {self.day}"


class CaseOutcome(models.TextChoices):
    """How a call at the operator's ended."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    MOVED = "moved"
    REFUSED = "refused"
    NOT_REQUIRED = "not-required"
    KEY_BLOCKED = "key-blocked"
    KEY_REPLACED = "key-replaced"
    UNKNOWN_KEY = "unknown-key"
    UNKNOWN_VERSION = "unknown-version"


class PhoneCase(models.Model):
    """One call at the operator's and how it ended. Which key it was about is not kept, nor who called; who answered is a code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    day = models.DateField()
    product = models.CharField(max_length=40, null=True)
    outcome = models.CharField(max_length=16, choices=CaseOutcome)
    answered_by = models.BinaryField(null=True, help_text="A keyed digest of case and account: it names nobody without the key.")

    personal: dict[str, object] = {}
    not_personal = ("id", "day", "product", "outcome", "answered_by")

    class Meta:
        indexes = [models.Index(fields=["day"], name="phonecase_day")]
        constraints = [models.CheckConstraint(condition=Q(outcome__in=CaseOutcome.values), name="phonecase_outcome")]

    def __str__(self) -> str:
        return f"call of {self.day}"
