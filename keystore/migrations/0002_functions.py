"""The three functions that are all the public process may do here.

They run as the owner with a fixed search path. Locks are taken in one order everywhere: receipts, address, tokens, grants, suppressions.
An answer waits at most three seconds for a lock; then nothing has changed and the caller says `try-again`.
"""

from django.db import migrations

ADDRESS_LOCK = """
CREATE FUNCTION lock_address(wanted bytea) RETURNS void LANGUAGE sql SECURITY INVOKER SET search_path = public, pg_temp AS $$
    SELECT pg_advisory_xact_lock(('x' || encode(substr(wanted, 1, 8), 'hex'))::bit(64)::bigint)
$$;
"""

OPEN_RECEIPT = """
CREATE FUNCTION open_receipt(presented bytea)
RETURNS TABLE (registration_id uuid, wrapped bytea, live text[], waiting text[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE holder keystore_token;
BEGIN
    SELECT * INTO holder FROM keystore_token t
     WHERE t.hash = presented AND t.kind = 'receipt' AND t.wrapped IS NOT NULL AND NOT '*' = ANY (t.refused)
       AND (t.expires IS NULL OR t.expires >= current_date);
    IF NOT FOUND THEN RETURN; END IF;
    IF holder.fresh THEN
        UPDATE keystore_token t SET fresh = false, expires = NULL WHERE t.id = holder.id AND t.fresh;
        DELETE FROM keystore_token t
         WHERE t.registration_id = holder.registration_id AND t.kind = 'receipt' AND t.id <> holder.id AND NOT t.fresh;
    END IF;
    RETURN QUERY SELECT holder.registration_id, holder.wrapped,
        ARRAY(SELECT g.purpose::text FROM keystore_grant g WHERE g.registration_id = holder.registration_id AND g.purpose LIKE '%/%'),
        ARRAY(SELECT t.purpose::text FROM keystore_token t
               WHERE t.registration_id = holder.registration_id AND t.kind IN ('pending', 'confirm'));
END $$;
"""

LOWER = """
CREATE FUNCTION lower(presented bytea, wanted text)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    holder keystore_token;
    target text := wanted;
    address bytea;
    ids uuid[];
BEGIN
    IF wanted <> '' AND wanted NOT LIKE '%_/_%' THEN RETURN; END IF;  -- only choices can be lowered
    IF wanted = '' THEN  -- a mailed link knows its own purpose
        SELECT * INTO holder FROM keystore_token t WHERE t.hash = presented AND t.kind IN ('unsubscribe', 'confirm');
        IF NOT FOUND THEN RETURN; END IF;
        target := holder.purpose;
    ELSE
        INSERT INTO keystore_token (id, hash, kind, purpose, refused, fresh, expires)
        VALUES (gen_random_uuid(), presented, 'receipt', '', ARRAY[wanted], false, current_date + 30)
        ON CONFLICT (hash) DO UPDATE SET refused = CASE
            WHEN wanted = ANY (keystore_token.refused) THEN keystore_token.refused
            ELSE keystore_token.refused || wanted::varchar END
        WHERE keystore_token.kind = 'receipt'
        RETURNING * INTO holder;
        IF NOT FOUND OR holder.registration_id IS NULL THEN RETURN; END IF;
    END IF;
    SELECT e.mac INTO address FROM keystore_emailindex e WHERE e.registration_id = holder.registration_id;
    IF address IS NULL THEN
        ids := ARRAY[holder.registration_id];
    ELSE
        PERFORM lock_address(address);
        ids := ARRAY(SELECT e.registration_id FROM keystore_emailindex e WHERE e.mac = address) || holder.registration_id;
    END IF;
    DELETE FROM keystore_token t
     WHERE t.registration_id = ANY (ids) AND t.purpose = target AND t.kind IN ('pending', 'confirm', 'confirmed');
    DELETE FROM keystore_grant g WHERE g.registration_id = ANY (ids) AND g.purpose = target AND target LIKE '%/%';
    IF address IS NOT NULL THEN
        INSERT INTO keystore_suppression (mac, purpose) VALUES (address, target) ON CONFLICT DO NOTHING;
    END IF;
END $$;
"""

ERASE = """
CREATE FUNCTION erase(presented bytea)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    holder keystore_token;
    address bytea;
BEGIN
    INSERT INTO keystore_token (id, hash, kind, purpose, refused, fresh, expires)
    VALUES (gen_random_uuid(), presented, 'receipt', '', ARRAY['*'], false, current_date + 30)
    ON CONFLICT (hash) DO UPDATE SET refused = ARRAY['*']::varchar[], wrapped = NULL, fresh = false, expires = current_date + 30
    WHERE keystore_token.kind = 'receipt'
    RETURNING * INTO holder;
    IF NOT FOUND OR holder.registration_id IS NULL THEN RETURN; END IF;
    UPDATE keystore_token t SET refused = ARRAY['*']::varchar[], wrapped = NULL, fresh = false, expires = current_date + 30
     WHERE t.registration_id = holder.registration_id AND t.kind = 'receipt' AND t.id <> holder.id;
    SELECT e.mac INTO address FROM keystore_emailindex e WHERE e.registration_id = holder.registration_id;
    IF address IS NOT NULL THEN PERFORM lock_address(address); END IF;
    DELETE FROM keystore_token t WHERE t.registration_id = holder.registration_id AND t.kind <> 'receipt';
    DELETE FROM keystore_grant g WHERE g.registration_id = holder.registration_id;
    DELETE FROM keystore_emailindex e WHERE e.registration_id = holder.registration_id;
END $$;
"""

HARDEN = """
REVOKE ALL ON FUNCTION open_receipt(bytea), lower(bytea, text), erase(bytea), lock_address(bytea) FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
"""

UNDO = "DROP FUNCTION open_receipt(bytea), lower(bytea, text), erase(bytea), lock_address(bytea)"


class Migration(migrations.Migration):
    """Functions of the public role."""

    dependencies = [("keystore", "0001_initial")]
    operations = [migrations.RunSQL([ADDRESS_LOCK, OPEN_RECEIPT, LOWER, ERASE, HARDEN], [UNDO])]
