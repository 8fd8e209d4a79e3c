"""The functions of the public process, for links and receipts that belong to a mailbox.

`lower` acts on all of a mailbox only for a registration for which that has answered by itself, or for a link that was mailed to
it; any other registration acts on itself alone. `open_receipt` shows nothing to a new receipt whose mailbox was left.
`open_confirmation` tells what a confirmation's link is about, and changes nothing.

They run as the owner with a fixed search path. Locks are taken in one order everywhere: receipts, address, tokens, grants, index.
"""

from django.db import migrations

OPEN_RECEIPT = """
CREATE FUNCTION open_receipt(presented bytea)
RETURNS TABLE (registration_id uuid, wrapped bytea, live text[], waiting text[], acts_on_mailbox boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    holder keystore_token;
    mailbox keystore_emailindex;
BEGIN
    SELECT * INTO holder FROM keystore_token t
     WHERE t.hash = presented AND t.kind = 'receipt' AND t.wrapped IS NOT NULL AND NOT '*' = ANY (t.refused)
       AND (t.expires IS NULL OR t.expires >= current_date);
    IF NOT FOUND THEN RETURN; END IF;
    IF holder.fresh THEN  -- it was mailed: a move of the mailbox deletes its row, and waits for this lock or is waited for
        SELECT * INTO holder FROM keystore_token t WHERE t.id = holder.id AND t.wrapped IS NOT NULL FOR UPDATE;
        IF NOT FOUND THEN RETURN; END IF;
    END IF;
    SELECT * INTO mailbox FROM keystore_emailindex e WHERE e.registration_id = holder.registration_id;
    IF holder.fresh THEN
        IF holder.mac IS DISTINCT FROM mailbox.mac THEN RETURN; END IF;
        UPDATE keystore_token t SET fresh = false, expires = NULL WHERE t.id = holder.id;
        DELETE FROM keystore_token t
         WHERE t.registration_id = holder.registration_id AND t.kind = 'receipt' AND t.id <> holder.id AND NOT t.fresh;
    END IF;
    RETURN QUERY SELECT holder.registration_id, holder.wrapped,
        ARRAY(SELECT g.purpose::text FROM keystore_grant g WHERE g.registration_id = holder.registration_id AND g.purpose LIKE '%/%'),
        ARRAY(SELECT t.purpose::text FROM keystore_token t
               WHERE t.registration_id = holder.registration_id AND t.kind IN ('pending', 'confirm')
                 AND t.mac = mailbox.mac),
        coalesce(mailbox.acts_on_mailbox, false);
END $$;
"""

OPEN_CONFIRMATION = """
CREATE FUNCTION open_confirmation(presented bytea)
RETURNS TABLE (registration_id uuid, purpose text, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
    SELECT t.registration_id, t.purpose::text,
           CASE WHEN t.kind = 'confirm' AND t.expires >= current_date THEN 'waiting'
                WHEN t.kind = 'confirmed' THEN 'confirmed' ELSE 'expired' END
      FROM keystore_token t JOIN keystore_emailindex e ON e.registration_id = t.registration_id AND e.mac = t.mac
     WHERE t.hash = presented AND t.kind IN ('confirm', 'confirmed', 'expired')
$$;
"""

LOWER = """
CREATE OR REPLACE FUNCTION lower(presented bytea, wanted text)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    holder keystore_token;
    target text := wanted;
    mailbox keystore_emailindex;
    ids uuid[];
    whole bytea;  -- the mailbox, where all of it is meant
BEGIN
    IF wanted NOT IN ('', '*') AND wanted NOT LIKE '%_/_%' THEN RETURN; END IF;  -- only choices can be lowered
    IF wanted = '' THEN  -- a mailed link knows its purpose and its mailbox
        SELECT * INTO holder FROM keystore_token t
         WHERE t.hash = presented AND t.kind = 'unsubscribe' AND (t.expires IS NULL OR t.expires >= current_date);
        IF NOT FOUND THEN RETURN; END IF;
        target := holder.purpose;
        whole := holder.mac;
        PERFORM lock_address(whole);
    ELSE
        INSERT INTO keystore_token (id, hash, kind, purpose, refused, fresh, expires)
        VALUES (gen_random_uuid(), presented, 'receipt', '', ARRAY[CASE wanted WHEN '*' THEN '*/*' ELSE wanted END], false,
                current_date + 30)  -- '*' alone says that it is erased
        ON CONFLICT (hash) WHERE kind = 'receipt' DO UPDATE SET refused = CASE
            WHEN EXCLUDED.refused <@ keystore_token.refused THEN keystore_token.refused
            ELSE keystore_token.refused || EXCLUDED.refused END
        RETURNING * INTO holder;
        IF holder.registration_id IS NULL OR holder.expires < current_date THEN RETURN; END IF;
        SELECT * INTO mailbox FROM keystore_emailindex e WHERE e.registration_id = holder.registration_id;
        IF mailbox.mac IS NOT NULL THEN
            PERFORM lock_address(mailbox.mac);
            PERFORM 1 FROM keystore_emailindex e WHERE e.registration_id = holder.registration_id AND e.mac = mailbox.mac;
            IF NOT FOUND THEN RAISE lock_not_available; END IF;  -- it moved while this waited: the caller tries again
        END IF;
        IF holder.fresh AND holder.mac IS DISTINCT FROM mailbox.mac THEN RETURN; END IF;
        IF mailbox.acts_on_mailbox THEN whole := mailbox.mac; END IF;
    END IF;
    ids := ARRAY(SELECT e.registration_id FROM keystore_emailindex e WHERE e.mac = whole);
    IF whole IS NULL THEN ids := ARRAY[holder.registration_id]; END IF;
    WITH tokens AS (
        DELETE FROM keystore_token t
         WHERE t.registration_id = ANY (ids) AND (wanted = '*' OR t.purpose = target) AND t.kind IN ('pending', 'confirm', 'confirmed')
        RETURNING t.registration_id, t.purpose
    ), ended AS (
        DELETE FROM keystore_grant g
         WHERE g.registration_id = ANY (ids) AND (wanted = '*' OR g.purpose = target) AND g.purpose LIKE '%/%'
        RETURNING g.registration_id, g.purpose
    )
    INSERT INTO keystore_lowered (registration_id, purpose, by_link)
    SELECT *, wanted = '' FROM (SELECT * FROM tokens UNION SELECT * FROM ended) AS gone ON CONFLICT DO NOTHING;
    IF whole IS NOT NULL THEN
        INSERT INTO keystore_suppression (mac, purpose) VALUES (whole, target) ON CONFLICT DO NOTHING;
    END IF;
END $$;
"""

ERASE = """
CREATE OR REPLACE FUNCTION erase(presented bytea)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    holder keystore_token;
    address bytea;
BEGIN
    INSERT INTO keystore_token (id, hash, kind, purpose, refused, fresh, expires)
    VALUES (gen_random_uuid(), presented, 'receipt', '', ARRAY['*'], false, current_date + 30)
    ON CONFLICT (hash) WHERE kind = 'receipt'
    DO UPDATE SET refused = ARRAY['*']::varchar[], wrapped = NULL, fresh = false, expires = current_date + 30
     WHERE keystore_token.registration_id IS NULL OR keystore_token.expires IS NULL OR keystore_token.expires >= current_date
    RETURNING * INTO holder;
    IF NOT FOUND OR holder.registration_id IS NULL THEN RETURN; END IF;
    UPDATE keystore_token t SET refused = ARRAY['*']::varchar[], wrapped = NULL, fresh = false, expires = current_date + 30
     WHERE t.registration_id = holder.registration_id AND t.kind = 'receipt' AND t.id <> holder.id;
    SELECT e.mac INTO address FROM keystore_emailindex e WHERE e.registration_id = holder.registration_id;
    IF address IS NOT NULL THEN PERFORM lock_address(address); END IF;
    UPDATE keystore_token t SET registration_id = NULL, expires = current_date + 365  -- the link goes on to end the mailbox's mail
     WHERE t.registration_id = holder.registration_id AND t.kind = 'unsubscribe';
    DELETE FROM keystore_token t WHERE t.registration_id = holder.registration_id AND t.kind <> 'receipt';
    DELETE FROM keystore_grant g WHERE g.registration_id = holder.registration_id;
    DELETE FROM keystore_emailindex e WHERE e.registration_id = holder.registration_id;
    DELETE FROM keystore_lowered l WHERE l.registration_id = holder.registration_id;
END $$;
"""

HARDEN = "REVOKE ALL ON FUNCTION open_receipt(bytea), open_confirmation(bytea) FROM PUBLIC;"

MAILER = """
ALTER TABLE keystore_emailindex ENABLE ROW LEVEL SECURITY;
CREATE POLICY index_read ON keystore_emailindex FOR SELECT USING (true);
CREATE POLICY index_lock ON keystore_emailindex FOR UPDATE USING (true) WITH CHECK (current_user <> 'regsvc_mailer');
CREATE POLICY index_make ON keystore_emailindex FOR INSERT WITH CHECK (true);
CREATE POLICY index_end ON keystore_emailindex FOR DELETE USING (true);
"""


class Migration(migrations.Migration):
    """Functions of the public role, and the mailer's lock on the index."""

    dependencies = [("keystore", "0005_mailboxes")]
    operations = [
        migrations.RunSQL(
            ["DROP FUNCTION open_receipt(bytea)", OPEN_RECEIPT, OPEN_CONFIRMATION, LOWER, ERASE, HARDEN, MAILER],
            migrations.RunSQL.noop,
        )
    ]
