"""The lock for appending to the audit trail. Whoever may call the function takes this lock and no other."""

from django.db import migrations

LOCK = """
CREATE FUNCTION lock_audit() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pg_advisory_xact_lock(x'726567730001'::bigint)  -- "regs", 1
$$;
REVOKE ALL ON FUNCTION lock_audit() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("privacy", "0002_append_only")]
    operations = [migrations.RunSQL(LOCK, "DROP FUNCTION lock_audit()")]
