"""A mail's order says not before when, and how often it was tried. The day on which it was due is the first time of that."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """`due` becomes `next_try`."""

    dependencies = [("registration", "0002_own_record")]
    operations = [
        migrations.RemoveIndex("confirmation", "confirmation_waiting"),
        migrations.RenameField("confirmation", "due", "next_try"),
        migrations.AlterField(
            "confirmation",
            "next_try",
            models.DateTimeField(help_text="Not before; a day, or for a mail that the server put off a time."),
        ),
        migrations.AddIndex(
            "confirmation",
            models.Index(condition=models.Q(("state", "waiting")), fields=["next_try"], name="confirmation_waiting"),
        ),
        migrations.AddField("confirmation", "attempts", models.PositiveSmallIntegerField(default=0)),
        migrations.AlterField(
            "confirmation",
            "together",
            models.UUIDField(db_index=True, help_text="Waiting mails of one kind to one mailbox: they go out as one.", null=True),
        ),
    ]
