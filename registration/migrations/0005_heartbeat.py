"""When the sweep and the mail run last ended. The rows are there from now on, so that a run that never comes is noticed too."""

from django.db import migrations, models

BEGIN = "INSERT INTO registration_heartbeat (task, ended_at, stuck) VALUES ('sweep', now(), 0), ('send_service_mail', now(), 0)"


class Migration(migrations.Migration):
    """One small table."""

    dependencies = [("registration", "0004_run_locks")]
    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("task", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("ended_at", models.DateTimeField()),
                (
                    "stuck",
                    models.PositiveIntegerField(default=0, help_text="Letters that waited then because of a mistake of ours."),
                ),
            ],
        ),
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
    ]
