"""What each role may do in the databases: with its own login it can do exactly what its row in the table says, and no more."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from regsvc import rights, roles
from tests.logins import PLACES, may, url

pytestmark = pytest.mark.usefixtures("logins")
VERB = re.compile(r"([A-Z]+)(?:\(([^)]*)\))?")
COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
FUNCTIONS = "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
GRANT = """
    INSERT INTO keystore_grant (registration_id, purpose, scope, key, epoch, wrapped)
    VALUES (gen_random_uuid(), %s, 'contact', %s, '1', '\\x00')
"""
ENTRY = """
    INSERT INTO keystore_emailindex (registration_id, mac, epoch, confirmed, acts_on_mailbox)
    VALUES (gen_random_uuid(), '\\x00', '1', false, false)
"""
LETTER = """
    INSERT INTO intake_letter (digest, origin, epoch, sealed, arrived_at, status)
    VALUES (sha256('x'), %s, '2026-W48', decode(repeat('00', 1500), 'hex'), now(), 'waiting')
"""
Right = tuple[str, str, str | None]


def columns(connection: psycopg.Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(COLUMNS):
        found.setdefault(table, []).append(column)
    return found


def written(name: str, alias: str, tables: dict[str, list[str]]) -> set[Right]:
    """The row of a role, verb by verb and column by column."""
    found: set[Right] = set()
    for table, verbs in roles.ROLES[name].rights[alias].items():
        for verb, named in VERB.findall(verbs):
            of = [column.strip() for column in named.split(",")] if named else tables[table]
            found |= {(table, verb, column) for column in of} if verb in {"SELECT", "UPDATE"} else {(table, verb, None)}
    return found


def attempts(tables: dict[str, list[str]]) -> Iterator[tuple[Right, sql.Composed]]:
    for table, names in tables.items():
        for column in names:
            parts = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
            yield (table, "SELECT", column), sql.SQL("EXPLAIN SELECT {column} FROM {table}").format(**parts)
            yield (table, "UPDATE", column), sql.SQL("EXPLAIN UPDATE {table} SET {column} = DEFAULT").format(**parts)
        whole = sql.Identifier(table)
        yield (table, "INSERT", None), sql.SQL("EXPLAIN INSERT INTO {} DEFAULT VALUES").format(whole)
        yield (table, "DELETE", None), sql.SQL("EXPLAIN DELETE FROM {}").format(whole)
        yield (table, "TRUNCATE", None), sql.SQL("TRUNCATE {}").format(whole)


@pytest.mark.parametrize(("name", "alias"), PLACES)
def test_a_login_can_do_exactly_what_its_row_says(entered, name, alias):
    tables = columns(entered("", alias))
    connection = entered(roles.login(name), alias)

    can = {right for right, statement in attempts(tables) if may(connection, statement)}

    assert can == written(name, alias, tables)
    assert not may(connection, "CREATE TABLE public.own (id int)")
    assert not may(connection, "CREATE SCHEMA own")


@pytest.mark.parametrize(("name", "alias"), PLACES)
def test_a_login_can_call_exactly_its_functions(entered, name, alias):
    connection = entered(roles.login(name), alias)
    functions = {function for (function,) in connection.execute(FUNCTIONS)}

    can = {f for f in functions if connection.execute("SELECT has_function_privilege(%s, 'EXECUTE')", [f]).fetchone() == (True,)}

    assert {each.replace(",", ", ") for each in can} == set(roles.ROLES[name].functions.get(alias, ()))


@pytest.mark.parametrize("alias", roles.ALIASES)
def test_functions_of_the_owner_look_only_where_they_should(entered, alias):
    """Without a fixed search path, a caller could put its own table in the way."""
    found = entered("", alias).execute(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )

    assert [name for name, config in found if "search_path=public, pg_temp" not in (config or [])] == []


@pytest.mark.parametrize(("name", "alias"), PLACES)
def test_a_login_has_no_power_over_others(entered, name, alias):
    query = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = current_user"

    assert entered(roles.login(name), alias).execute(query).fetchone() == (False,) * 5


@pytest.mark.parametrize(
    ("name", "alias"), [(n, a) for n in rights.WORKERS for a in roles.ALIASES if a not in roles.ROLES[n].rights]
)
def test_a_login_does_not_reach_a_store_outside_its_row(servers, name, alias):
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url(servers, roles.login(name), alias))


def test_the_public_process_reads_no_letter(entered):
    connection = entered("regsvc_public", "default")

    for column in ("sealed", "arrived_at", "*"):
        assert not may(connection, f"SELECT {column} FROM intake_letter")
    assert may(connection, "SELECT status, reason, statement FROM intake_letter")


@pytest.mark.parametrize(
    ("name", "origin", "posted"),
    [
        ("public", "public", True),
        ("public", "console", False),
        ("public", "registrar", False),
        ("console", "console", True),
        ("console", "public", False),
        ("registrar", "public", False),
    ],
)
def test_a_login_posts_in_its_own_name_only(entered, name, origin, posted):
    connection = entered(roles.login(name), "default")
    if posted:
        assert connection.execute(LETTER, [origin]).rowcount == 1
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(LETTER, [origin])


@pytest.fixture
def granted(servers) -> Iterator[None]:
    """Grants that other connections see. They go when those connections have let go of them."""
    with psycopg.connect(url(servers, "", "keystore"), autocommit=True) as owner:
        for purpose in ("support", "custody", "service", "offers/acme"):
            owner.execute(GRANT, [purpose, purpose])
        yield
        owner.execute("SET lock_timeout = '5s'")
        owner.execute("DELETE FROM keystore_grant")


@pytest.mark.usefixtures("granted")
def test_the_mailer_sees_and_locks_its_own_grants_and_changes_none(entered):
    connection = entered("regsvc_mailer", "keystore")
    locked = connection.execute("SELECT purpose FROM keystore_grant ORDER BY purpose FOR SHARE SKIP LOCKED").fetchall()
    assert locked == [("offers/acme",), ("service",)]

    for change in ("registration_id = gen_random_uuid()", "registration_id = registration_id"):
        assert not may(connection, f"UPDATE keystore_grant SET {change}")
    for change in ("purpose = 'support'", "wrapped = '\\x01'", "epoch = '2'"):
        assert not may(connection, f"UPDATE keystore_grant SET {change}")
    assert not may(connection, "DELETE FROM keystore_grant")
    assert not may(connection, "INSERT INTO keystore_grant DEFAULT VALUES")


@pytest.mark.usefixtures("granted")
def test_a_lock_of_the_mailer_holds_the_registrar_back(entered):
    entered("regsvc_mailer", "keystore").execute("SELECT FROM keystore_grant WHERE purpose = 'service' FOR SHARE")
    registrar = entered("regsvc_registrar", "keystore")
    registrar.execute("SET lock_timeout = '50ms'")

    with pytest.raises(psycopg.errors.LockNotAvailable):
        registrar.execute("DELETE FROM keystore_grant WHERE purpose = 'service'")


@pytest.fixture
def indexed(servers) -> Iterator[None]:
    """An index entry that other connections see."""
    with psycopg.connect(url(servers, "", "keystore"), autocommit=True) as owner:
        owner.execute(ENTRY)
        yield
        owner.execute("SET lock_timeout = '5s'")
        owner.execute("DELETE FROM keystore_emailindex")


@pytest.mark.usefixtures("indexed")
def test_the_mailer_locks_the_index_of_mailboxes_and_changes_no_entry(entered):
    mailer, registrar = entered("regsvc_mailer", "keystore"), entered("regsvc_registrar", "keystore")
    for change in ("registration_id = gen_random_uuid()", "registration_id = registration_id"):
        assert not may(mailer, f"UPDATE keystore_emailindex SET {change}")

    assert len(mailer.execute("SELECT mac FROM keystore_emailindex FOR SHARE").fetchall()) == 1
    registrar.execute("SET lock_timeout = '50ms'")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        registrar.execute("UPDATE keystore_emailindex SET mac = '\\x01'")


@pytest.mark.django_db(databases=["default", "keystore", "activation"])
def test_a_table_that_does_not_exist_is_found():
    with pytest.raises(LookupError, match="no_such_table"):
        list(rights._grants({"no_such_table": "SELECT"}, "x", {"intake_letter"}))
