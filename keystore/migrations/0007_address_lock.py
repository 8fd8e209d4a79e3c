"""The lock of an address is taken with the owner's right: no login may take PostgreSQL's advisory locks itself."""

from django.db import migrations


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("keystore", "0006_mailbox_functions")]
    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION lock_address(bytea) SECURITY DEFINER", "ALTER FUNCTION lock_address(bytea) SECURITY INVOKER"
        )
    ]
