"""The audit trail's rows."""

from django.db import models

from privacy.datamap import Personal

WATCHING = Personal("to show who looked at or changed your data", "legal-obligation", "36 months", ("privacy officer",))


class AuditEntry(models.Model):
    """One act of staff. Append-only: a trigger refuses every change, and each entry holds the hash of the one before."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True, help_text="A registration's id, an account's name or a code.")
    purpose = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=80, blank=True)
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32, unique=True)

    personal = {"actor": WATCHING, "subject": WATCHING, "act": WATCHING, "at": WATCHING}
    not_personal = ("number", "purpose", "reason", "previous", "hash")

    class Meta:
        indexes = [models.Index(fields=["subject", "number"], name="audit_subject")]

    def __str__(self) -> str:
        return f"audit entry {self.number}"
