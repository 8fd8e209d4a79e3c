"""The mailer reads and locks the grants of its own purposes, and can change none of them.

Locking a row needs the right to update a column; the policy lets no update through.
"""

from django.db import migrations

POLICY = """
ALTER TABLE keystore_grant ENABLE ROW LEVEL SECURITY;
CREATE POLICY grant_read ON keystore_grant FOR SELECT
    USING (current_user <> 'regsvc_mailer' OR purpose = 'service' OR purpose LIKE '%/%');
CREATE POLICY grant_lock ON keystore_grant FOR UPDATE USING (true) WITH CHECK (current_user <> 'regsvc_mailer');
CREATE POLICY grant_make ON keystore_grant FOR INSERT WITH CHECK (true);
CREATE POLICY grant_end ON keystore_grant FOR DELETE USING (true);
"""
UNDO = """
DROP POLICY grant_read ON keystore_grant;
DROP POLICY grant_lock ON keystore_grant;
DROP POLICY grant_make ON keystore_grant;
DROP POLICY grant_end ON keystore_grant;
ALTER TABLE keystore_grant DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """Row-level security of grants; verbs are given by the role's rights."""

    dependencies = [("keystore", "0002_functions")]
    operations = [migrations.RunSQL(POLICY, UNDO)]
