"""The lock for publishing. Whoever may call the function takes this lock and no other."""

from django.db import migrations

LOCK = """
CREATE FUNCTION lock_publishing() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pg_advisory_xact_lock(x'726567730C01'::bigint)  -- "regs", catalogue
$$;
REVOKE ALL ON FUNCTION lock_publishing() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("catalogue", "0002_texts_stay")]
    operations = [migrations.RunSQL(LOCK, "DROP FUNCTION lock_publishing()")]
