"""What was mailed, or is to be mailed, belongs to one mailbox; and mails are counted by kind.

A registration with a choice that stands counts as confirmed: until now only a mailbox's answer, or a country without that rule,
led there. Links that were mailed before keep working: their rows get the mailbox that the index names now.
"""

from django.db import migrations, models

CONFIRMED = """
UPDATE keystore_emailindex e SET confirmed = true, acts_on_mailbox = true
 WHERE EXISTS (SELECT 1 FROM keystore_token t WHERE t.registration_id = e.registration_id AND t.kind = 'confirmed')
    OR EXISTS (SELECT 1 FROM keystore_grant g WHERE g.registration_id = e.registration_id AND g.purpose LIKE '%/%');
"""
MAILBOX = """
UPDATE keystore_token t SET mac = e.mac FROM keystore_emailindex e
 WHERE e.registration_id = t.registration_id AND (t.kind <> 'receipt' OR t.fresh);
DELETE FROM keystore_token WHERE kind <> 'receipt' AND mac IS NULL;
"""


class Migration(migrations.Migration):
    """Tokens name their mailbox, the index knows who answered, mails are counted by kind."""

    dependencies = [("keystore", "0004_token_rights")]
    operations = [
        migrations.AddField(
            "emailindex",
            "confirmed",
            models.BooleanField(default=False, help_text="The mailbox answered for this registration."),
        ),
        migrations.AddField(
            "emailindex",
            "acts_on_mailbox",
            models.BooleanField(
                default=False, help_text="It answered for this one by itself: what it lowers ends for all of the mailbox."
            ),
        ),
        migrations.RunSQL(CONFIRMED, migrations.RunSQL.noop),
        migrations.AddField(
            "token",
            "mac",
            models.BinaryField(
                help_text="The mailbox that it is for. Empty for a receipt that was not mailed.", max_length=32, null=True
            ),
        ),
        migrations.RunSQL(MAILBOX, migrations.RunSQL.noop),
        migrations.AlterField(
            "token",
            "hash",
            models.BinaryField(db_index=True, max_length=32, null=True),
        ),
        migrations.AlterField(
            "token",
            "kind",
            models.CharField(
                choices=[
                    ("receipt", "Receipt"),
                    ("pending", "Pending"),
                    ("confirm", "Confirm"),
                    ("confirmed", "Confirmed"),
                    ("expired", "Expired"),
                    ("unsubscribe", "Unsubscribe"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            "token",
            models.UniqueConstraint(condition=models.Q(("kind", "receipt")), fields=("hash",), name="token_one_receipt"),
        ),
        migrations.AddConstraint(
            "token",
            models.CheckConstraint(
                condition=models.Q(
                    ("kind", "receipt"), models.Q(("mac__isnull", False), ("purpose__contains", "/")), _connector="OR"
                ),
                name="token_names_its_mailbox",
            ),
        ),
        migrations.CreateModel(
            name="Lowered",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "registration_id", "purpose", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("registration_id", models.UUIDField()),
                ("purpose", models.CharField(max_length=60)),
                (
                    "by_link",
                    models.BooleanField(help_text="A link in a mail ended it; else a registration of the same mailbox did."),
                ),
            ],
        ),
        migrations.DeleteModel("MailboxDay"),
        migrations.CreateModel(
            name="MailboxDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "mac", "day", "kind", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("mac", models.BinaryField(max_length=32)),
                ("day", models.DateField()),
                ("kind", models.CharField(max_length=10)),
                ("count", models.PositiveSmallIntegerField(default=0)),
                (
                    "unanswered",
                    models.PositiveSmallIntegerField(default=0, help_text="How many of them came after its last answer."),
                ),
            ],
        ),
    ]
