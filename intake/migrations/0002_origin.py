"""A letter's origin is fixed by the login that posts it, so that no process can post in another's name."""

from django.db import migrations

POLICY = """
ALTER TABLE intake_letter ENABLE ROW LEVEL SECURITY;
CREATE POLICY letter_origin ON intake_letter FOR INSERT WITH CHECK (current_user = 'regsvc_' || origin);
CREATE POLICY letter_read ON intake_letter FOR SELECT USING (true);
CREATE POLICY letter_settle ON intake_letter FOR UPDATE USING (true) WITH CHECK (true);
CREATE POLICY letter_forget ON intake_letter FOR DELETE USING (true);
"""
UNDO = """
DROP POLICY letter_origin ON intake_letter;
DROP POLICY letter_read ON intake_letter;
DROP POLICY letter_settle ON intake_letter;
DROP POLICY letter_forget ON intake_letter;
ALTER TABLE intake_letter DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """Row-level security; verbs are given by the role's rights."""

    dependencies = [("intake", "0001_initial")]
    operations = [migrations.RunSQL(POLICY, UNDO)]
