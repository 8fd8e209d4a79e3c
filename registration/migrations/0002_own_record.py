"""What the public process may read here: the rows of one registration, by its id, which only its receipt gives.

Sealed columns keep their header, whoever writes.
"""

from django.db import migrations

REGISTRATION_OF = """
CREATE FUNCTION registration_of(wanted uuid)
RETURNS TABLE (product text, name text, manufacturer text, month date, contact bytea, details bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.product_id, p.name, r.manufacturer_id, r.month, r.contact, r.details
      FROM registration_registration r JOIN catalogue_product p ON p.code = r.product_id WHERE r.id = wanted
$$;
"""

CONSENTS_OF = """
CREATE FUNCTION consents_of(wanted uuid) RETURNS TABLE (id uuid, consent bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.id, c.consent FROM registration_consentrecord c WHERE c.registration_id = wanted
$$;
"""

LOOKS_OF = """
CREATE FUNCTION looks_of(wanted uuid) RETURNS TABLE (day date, role text, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.at::date, CASE WHEN a.purpose LIKE '%/%' THEN 'marketing' ELSE a.purpose END, split_part(a.reason, ' ', 1)
      FROM privacy_auditentry a WHERE a.subject = wanted::text AND a.act = 'reveal' ORDER BY a.number
$$;
"""

HARDEN = """
REVOKE ALL ON FUNCTION registration_of(uuid), consents_of(uuid), looks_of(uuid) FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
"""

SEALED = """
ALTER TABLE {table} ADD CONSTRAINT {column}_is_sealed
    CHECK ({column} IS NULL OR (get_byte({column}, 0) = 1 AND get_byte({column}, 1) = 1 AND (octet_length({column}) - 30) % 256 = 0));
"""
COLUMNS = (
    ("registration_registration", "contact"),
    ("registration_registration", "details"),
    ("registration_consentrecord", "consent"),
    ("registration_confirmation", "errand"),
)


class Migration(migrations.Migration):
    """Functions and checks."""

    dependencies = [("registration", "0001_initial"), ("privacy", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            [REGISTRATION_OF, CONSENTS_OF, LOOKS_OF, HARDEN],
            ["DROP FUNCTION registration_of(uuid), consents_of(uuid), looks_of(uuid)"],
        ),
        *(
            migrations.RunSQL(
                [SEALED.format(table=table, column=column)], [f"ALTER TABLE {table} DROP CONSTRAINT {column}_is_sealed"]
            )
            for table, column in COLUMNS
        ),
    ]
