"""The letterbox's one table."""

from django.db import models

from intake.letters import FILING


class Letter(models.Model):
    """A sealed letter, from its arrival until its epoch's key is destroyed. One row answers polling, replay and mismatch.

    `sealed` and `arrived_at` are blanked when the letter has been filed, so that nothing here tells when or what.
    """

    class Status(models.TextChoices):
        """How far it has come."""

        WAITING = "waiting"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        ASIDE = "aside"

    digest = models.BinaryField(primary_key=True, max_length=32)
    idempotency = models.BinaryField(max_length=32, null=True, unique=True)
    body = models.BinaryField(max_length=32, null=True)
    origin = models.CharField(max_length=20)
    epoch = models.CharField(max_length=10)
    sealed = models.BinaryField(null=True)
    arrived_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=40, null=True)
    statement = models.TextField(null=True)
    fault = models.CharField(max_length=120, null=True, help_text="Type and place of the error that stopped it.")

    personal = {"sealed": FILING, "arrived_at": FILING}
    not_personal = (
        "digest",
        "idempotency",
        "body",
        "origin",
        "epoch",
        "status",
        "reason",
        "statement",
        "fault",
    )

    class Meta:
        indexes = [models.Index(fields=["arrived_at"], name="letter_waiting", condition=models.Q(status="waiting"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "aside"], sealed__isnull=False)
                | models.Q(status__in=["accepted", "refused"], sealed__isnull=True, arrived_at__isnull=True),
                name="letter_blank_when_filed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} letter"
