"""The locks of the sweep and of the mail run. Whoever may call a function takes its lock and no other.

The sweep's lock ends with its transaction; the mail run's is held by the session, because a run commits after every mail.
"""

from django.db import migrations

LOCKS = """
CREATE FUNCTION try_lock_sweep() RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pg_try_advisory_xact_lock(x'726567730002'::bigint)  -- "regs", 2
$$;
CREATE FUNCTION try_lock_mail_run() RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pg_try_advisory_lock(x'726567730003'::bigint)  -- "regs", 3
$$;
CREATE FUNCTION unlock_mail_run() RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT pg_advisory_unlock(x'726567730003'::bigint)  -- "regs", 3
$$;
REVOKE ALL ON FUNCTION try_lock_sweep(), try_lock_mail_run(), unlock_mail_run() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    """Three functions."""

    dependencies = [("registration", "0003_mail_orders")]
    operations = [migrations.RunSQL(LOCKS, "DROP FUNCTION try_lock_sweep(), try_lock_mail_run(), unlock_mail_run()")]
