"""What the keystore holds. Backups and WAL of its server live seven days at most: then a deleted row is gone."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from privacy.datamap import Personal

FINDING = Personal("to find all registrations of one e-mail address", "consent", "as long as your registration", ())
REFUSING = Personal("to remember that you want no e-mails", "legal-obligation", "until you choose these e-mails again", ())
COUNTING = Personal("to limit how many e-mails an address gets in a day", "legitimate-interest", "14 days", ())
REACHING = Personal("to tie a link in an e-mail to the address it was sent to", "consent", "as long as the link", ())


class Grant(models.Model):
    """One purpose's key to one registration. No row: nothing that the purpose's key could open."""

    pk = models.CompositePrimaryKey("registration_id", "purpose")
    registration_id = models.UUIDField()
    purpose = models.CharField(max_length=60)
    scope = models.CharField(max_length=10, help_text="`all`: the data key; `contact`: the contact compartment's key.")
    key = models.CharField(max_length=60)
    epoch = models.CharField(max_length=10)
    wrapped = models.BinaryField()

    personal: dict[str, object] = {}
    not_personal = ("pk", "registration_id", "purpose", "scope", "key", "epoch", "wrapped")

    class Meta:
        indexes = [models.Index(fields=["purpose", "registration_id"], name="grant_purpose")]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.registration_id}"


class EmailIndex(models.Model):
    """Which registrations share an address, and whether that mailbox has answered for each of them."""

    registration_id = models.UUIDField(primary_key=True)
    mac = models.BinaryField(max_length=32)
    epoch = models.CharField(max_length=10)
    confirmed = models.BooleanField(default=False, help_text="The mailbox answered for this registration.")
    acts_on_mailbox = models.BooleanField(
        default=False, help_text="It answered for this one by itself: what it lowers ends for all of the mailbox."
    )

    personal = {"mac": FINDING}
    not_personal = ("registration_id", "epoch", "confirmed", "acts_on_mailbox")

    class Meta:
        indexes = [models.Index(fields=["mac"], name="emailindex_mac")]

    def __str__(self) -> str:
        return f"index entry of {self.registration_id}"


class Suppression(models.Model):
    """A withdrawal that outlives its registrations: nothing is granted to this address without its mailbox."""

    pk = models.CompositePrimaryKey("mac", "purpose")
    mac = models.BinaryField(max_length=32)
    purpose = models.CharField(max_length=60)

    personal = {"mac": REFUSING}
    not_personal = ("pk", "purpose")

    def __str__(self) -> str:
        return f"suppression of {self.purpose}"


class Token(models.Model):
    """A secret that somebody outside holds, known by its hash; or, while `pending`, the permission to mail one.

    One confirmation mail has one link: its permissions share a hash. What was mailed, or is to be mailed, names the mailbox by
    its MAC, and counts only while that is the registration's mailbox. A confirmed or expired token stays for some days, so that
    its link can say what became of it. An unsubscribe token belongs to its mailbox alone when its registration has moved or is
    erased (`registration_id` is null), and stays for a year. A receipt's row may come before its registration: then it holds
    what was refused or erased beforehand.
    """

    class Kind(models.TextChoices):
        """What the token is for."""

        RECEIPT = "receipt"
        PENDING = "pending"
        CONFIRM = "confirm"
        CONFIRMED = "confirmed"
        EXPIRED = "expired"
        UNSUBSCRIBE = "unsubscribe"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hash = models.BinaryField(max_length=32, null=True, db_index=True)
    kind = models.CharField(max_length=12, choices=Kind)
    registration_id = models.UUIDField(null=True)
    mac = models.BinaryField(
        max_length=32, null=True, help_text="The mailbox that it is for. Empty for a receipt that was not mailed."
    )
    purpose = models.CharField(max_length=60, blank=True, default="")
    wrapped = models.BinaryField(null=True, help_text="A receipt's wrap of the data key: only the receipt opens it.")
    refused = ArrayField(
        models.CharField(max_length=60), default=list, help_text="Purposes lowered by this receipt; `*` is erased."
    )
    fresh = models.BooleanField(default=False, help_text="A new receipt that was not used yet: the older ones still work.")
    expires = models.DateField(null=True)

    personal = {"mac": REACHING}
    not_personal = ("id", "hash", "kind", "registration_id", "purpose", "wrapped", "refused", "fresh", "expires")

    class Meta:
        indexes = [
            models.Index(fields=["registration_id", "purpose"], name="token_registration"),
            models.Index(fields=["expires"], name="token_expires", condition=models.Q(expires__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["hash"], condition=models.Q(kind="receipt"), name="token_one_receipt"),
            models.UniqueConstraint(
                fields=["registration_id", "purpose"],
                condition=models.Q(kind__in=["pending", "confirm"]),
                name="token_one_permission",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="receipt") | models.Q(purpose__contains="/", mac__isnull=False),
                name="token_names_its_mailbox",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} token"


class Lowered(models.Model):
    """What a withdrawal took away and nobody has recorded yet. The next sweep writes the records, so that they miss nothing."""

    pk = models.CompositePrimaryKey("registration_id", "purpose")
    registration_id = models.UUIDField()
    purpose = models.CharField(max_length=60)
    by_link = models.BooleanField(help_text="A link in a mail ended it; else a registration of the same mailbox did.")

    personal: dict[str, object] = {}
    not_personal = ("pk", "registration_id", "purpose", "by_link")

    def __str__(self) -> str:
        return f"{self.purpose} of {self.registration_id}, lowered"


class MailboxDay(models.Model):
    """How many mails of one kind a mailbox got on a day. Addresses with a plus tag count together."""

    pk = models.CompositePrimaryKey("mac", "day", "kind")
    mac = models.BinaryField(max_length=32)
    day = models.DateField()
    kind = models.CharField(max_length=10)
    count = models.PositiveSmallIntegerField(default=0)
    unanswered = models.PositiveSmallIntegerField(default=0, help_text="How many of them came after its last answer.")

    personal = {"mac": COUNTING}
    not_personal = ("pk", "day", "kind", "count", "unanswered")

    def __str__(self) -> str:
        return f"{self.kind} mails of {self.day}"
