"""What a PostgreSQL server lets every login do by itself, and what only its superuser can take away.

Advisory locks are one space for a whole database: who may call `pg_advisory_lock` may hold anybody's lock. Large objects are
storage without a table, so no right on a table keeps a login from filling it.
"""

SQL = """\
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT oid::regprocedure AS name, proname ~ '^pg_' AS lock FROM pg_proc
                  WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^(pg_(try_)?advisory_|lo_|loread$|lowrite$)' LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', found.name);
        IF found.lock THEN  -- the functions that take one lock each run as the owner
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO regsvc_owner', found.name);
        END IF;
    END LOOP;
END
$$;
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
"""
OPEN = """
    SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
       AND proname ~ '^(pg_(try_)?advisory_|lo_|loread$|lowrite$)' AND has_function_privilege('public', oid, 'EXECUTE')
    UNION ALL
    SELECT datname FROM pg_database
     WHERE datname IN ('postgres', 'template1') AND has_database_privilege('public', oid, 'CONNECT')
"""
