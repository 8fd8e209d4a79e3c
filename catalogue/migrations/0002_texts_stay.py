"""What was published stays as it was: the database itself refuses to change or delete it, whoever asks."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION catalogue_text_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    content bytea := ''::bytea;
    part bytea;
    place text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.published_on IS NOT NULL THEN
            RAISE EXCEPTION 'a published text is never deleted' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{published_on,retired_on}'::text[] <> to_jsonb(OLD) - '{published_on,retired_on}'::text[] THEN
            RAISE EXCEPTION 'a text never changes: add another' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.published_on <> OLD.published_on OR NEW.retired_on <> OLD.retired_on
            OR (NEW.published_on IS NULL AND OLD.published_on IS NOT NULL)
            OR (NEW.retired_on IS NULL AND OLD.retired_on IS NOT NULL) THEN
            RAISE EXCEPTION 'a text goes from draft to published to retired, and never back' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    FOREACH place IN ARRAY TG_ARGV LOOP
        part := convert_to(CASE place WHEN 'notice' THEN place WHEN 'wording' THEN place
                           ELSE coalesce(to_jsonb(NEW) ->> place, '') END, 'UTF8');
        content := content || int8send(octet_length(part)) || part;
    END LOOP;
    IF NEW.digest <> encode(sha256(content), 'hex') THEN
        RAISE EXCEPTION 'the digest is not that of the text' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER notice_stays BEFORE INSERT OR UPDATE OR DELETE ON catalogue_notice
    FOR EACH ROW EXECUTE FUNCTION catalogue_text_stays('notice', 'product_id', 'language', 'text');
CREATE TRIGGER wording_stays BEFORE INSERT OR UPDATE OR DELETE ON catalogue_wording
    FOR EACH ROW EXECUTE FUNCTION catalogue_text_stays('wording', 'topic', 'sender', 'language', 'text');
"""
BACK = """
DROP TRIGGER wording_stays ON catalogue_wording;
DROP TRIGGER notice_stays ON catalogue_notice;
DROP FUNCTION catalogue_text_stays();
"""


class Migration(migrations.Migration):
    """Adds the trigger."""

    dependencies = (("catalogue", "0001_initial"),)

    operations = (migrations.RunSQL(FUNCTION, BACK),)
