"""Each worker's login beats for its own run only, and not for days ahead: none can hide that another one is dead."""

from django.db import migrations

POLICIES = """
ALTER TABLE registration_heartbeat ENABLE ROW LEVEL SECURITY;
CREATE POLICY heartbeat_read ON registration_heartbeat FOR SELECT USING (true);
CREATE POLICY heartbeat_begin ON registration_heartbeat FOR INSERT WITH CHECK (
    task = CASE current_user WHEN 'regsvc_registrar' THEN 'sweep' WHEN 'regsvc_mailer' THEN 'send_service_mail' END
    AND ended_at < now() + interval '1 day');
CREATE POLICY heartbeat_go_on ON registration_heartbeat FOR UPDATE
    USING (task = CASE current_user WHEN 'regsvc_registrar' THEN 'sweep' WHEN 'regsvc_mailer' THEN 'send_service_mail' END)
    WITH CHECK (ended_at < now() + interval '1 day');
"""
UNDO = """
DROP POLICY heartbeat_read ON registration_heartbeat;
DROP POLICY heartbeat_begin ON registration_heartbeat;
DROP POLICY heartbeat_go_on ON registration_heartbeat;
ALTER TABLE registration_heartbeat DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """Row-level security; the owner is above it."""

    dependencies = [("registration", "0005_heartbeat")]
    operations = [migrations.RunSQL(POLICIES, UNDO)]
