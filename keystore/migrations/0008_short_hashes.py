"""A token's hash is no longer than one: the public login's functions store what they are given for 30 days."""

from django.db import migrations

CHECK = "ALTER TABLE keystore_token ADD CONSTRAINT token_short_hash CHECK (hash IS NULL OR octet_length(hash) <= 32) NOT VALID"
UNDO = "ALTER TABLE keystore_token DROP CONSTRAINT token_short_hash"


class Migration(migrations.Migration):
    """For new rows; those of before are gone after 30 days."""

    dependencies = [("keystore", "0007_address_lock")]
    operations = [migrations.RunSQL(CHECK, UNDO)]
