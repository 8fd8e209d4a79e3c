"""The mailer sees and arms the tokens that permit a mail, and no others: it can make no choice of a link that ends one."""

from django.db import migrations

POLICY = """
ALTER TABLE keystore_token ENABLE ROW LEVEL SECURITY;
CREATE POLICY token_read ON keystore_token FOR SELECT
    USING (current_user <> 'regsvc_mailer' OR kind IN ('pending', 'confirm'));
CREATE POLICY token_arm ON keystore_token FOR UPDATE
    USING (current_user <> 'regsvc_mailer' OR kind IN ('pending', 'confirm'))
    WITH CHECK (current_user <> 'regsvc_mailer' OR kind = 'confirm');
CREATE POLICY token_make ON keystore_token FOR INSERT WITH CHECK (true);
CREATE POLICY token_end ON keystore_token FOR DELETE USING (true);
"""
UNDO = """
DROP POLICY token_read ON keystore_token;
DROP POLICY token_arm ON keystore_token;
DROP POLICY token_make ON keystore_token;
DROP POLICY token_end ON keystore_token;
ALTER TABLE keystore_token DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """Row-level security of tokens; verbs are given by the role's rights."""

    dependencies = [("keystore", "0003_rights")]
    operations = [migrations.RunSQL(POLICY, UNDO)]
