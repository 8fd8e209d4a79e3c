"""The operators' site gets tables of its own, and its login sees operators' accounts only."""

from django.db import migrations, models

POLICIES = """
ALTER TABLE accounts_staff ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff_of_every_site ON accounts_staff USING (current_user = 'regsvc_console') WITH CHECK (current_user = 'regsvc_console');
CREATE POLICY staff_of_operators ON accounts_staff
    USING (current_user = 'regsvc_operator' AND roles = '{activation operator}')
    WITH CHECK (current_user = 'regsvc_operator' AND roles = '{activation operator}');
"""
UNDO = """
DROP POLICY staff_of_every_site ON accounts_staff;
DROP POLICY staff_of_operators ON accounts_staff;
ALTER TABLE accounts_staff DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="OperatorSession",
            fields=[
                ("session_key", models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key")),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="OperatorWrongTry",
            fields=[
                ("name", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField(default=0)),
                ("last", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.RunSQL(POLICIES, UNDO),
    ]
