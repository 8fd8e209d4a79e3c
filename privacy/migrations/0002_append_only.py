"""The audit trail is append-only: a trigger refuses every change, even the owner's."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON privacy_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON privacy_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
"""
UNDO = """
DROP TRIGGER audit_append_only ON privacy_auditentry;
DROP TRIGGER audit_no_truncate ON privacy_auditentry;
DROP FUNCTION refuse_audit_change();
"""


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("privacy", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, UNDO)]
