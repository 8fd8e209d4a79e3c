"""From inside: what a role's real login could do to another role's people, not only which verbs it has on which table."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from django.utils import timezone
from psycopg import sql

from accounts import staff
from accounts.models import Staff
from accounts.roles import RolesRefused
from regsvc import rights, roles, server_rights
from tests.accounts.conftest import PASSWORD
from tests.logins import PLACES, may, url

pytestmark = pytest.mark.usefixtures("logins")

ON_DEFAULT = [name for name, alias in PLACES if alias == "default"]
LOCKS = ("audit", "publishing", "sweep", "mail run")
TAKE = {
    "audit": "SELECT lock_audit()",
    "publishing": "SELECT lock_publishing()",
    "sweep": "SELECT try_lock_sweep()",
    "mail run": "SELECT try_lock_mail_run()",
}
HOLDERS = {"audit": "console", "publishing": "console", "sweep": "registrar", "mail run": "mailer"}
ACCOUNT = """
    INSERT INTO accounts_staff (id, username, name, password, roles, manufacturer, is_active)
    VALUES (gen_random_uuid(), %s, '', 'old', %s, '', true)
"""
LETTER = {
    "digest": "sha256('letter')",
    "idempotency": "sha256('key')",
    "body": "sha256('body')",
    "origin": "'public'",
    "epoch": "'2026-W48'",
    "sealed": "decode(repeat('00', 1500), 'hex')",
    "arrived_at": "now()",
    "status": "'waiting'",
    "reason": "NULL",
    "statement": "NULL",
}


@pytest.fixture
def accounts(servers) -> Iterator[None]:
    """An account of each site, with a session and wrong tries, that other connections see."""
    with psycopg.connect(url(servers, "", "default"), autocommit=True) as owner:
        for username, held in (("ines", ["support"]), ("olga", ["activation operator"]), ("paul", ["privacy officer"])):
            owner.execute(ACCOUNT, [username, held])
        owner.execute("INSERT INTO django_session VALUES ('console-session', 'signed', now() + interval '1 hour')")
        owner.execute("INSERT INTO accounts_operatorsession VALUES ('operator-session', 'signed', now() + interval '1 hour')")
        owner.execute("INSERT INTO accounts_wrongtry VALUES ('\\x01', 9, now())")
        owner.execute("INSERT INTO accounts_operatorwrongtry VALUES ('\\x01', 9, now())")
        yield
        owner.execute("SET lock_timeout = '5s'")
        for table in (
            "accounts_staff",
            "django_session",
            "accounts_operatorsession",
            "accounts_wrongtry",
            "accounts_operatorwrongtry",
        ):
            owner.execute(f"DELETE FROM {table}")


def refused(connection: psycopg.Connection, statement: str) -> bool:
    """Whether the statement fails, for want of a right or against a check, and not for another reason."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation):
        return True
    return False


def letter(**changed: str) -> str:
    row = LETTER | changed
    return f"INSERT INTO intake_letter ({', '.join(row)}) VALUES ({', '.join(row.values())})"


# Accounts, sessions and tries ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("accounts")
def test_the_operators_login_sees_and_changes_operators_only(entered):
    operator = entered("regsvc_operator", "default")

    assert operator.execute("SELECT username FROM accounts_staff").fetchall() == [("olga",)]
    assert operator.execute("UPDATE accounts_staff SET password = 'new'").rowcount == 1
    assert operator.execute("UPDATE accounts_staff SET last_login = now() WHERE username IN ('ines', 'paul')").rowcount == 0
    assert operator.execute("SELECT FROM accounts_staff WHERE username = 'ines' FOR UPDATE").rowcount == 0
    for change in ("roles = '{support}'", "is_active = true", "username = 'ines'", "manufacturer = 'acme'"):
        assert refused(operator, f"UPDATE accounts_staff SET {change}")
    assert refused(operator, "INSERT INTO accounts_staff DEFAULT VALUES")
    assert refused(operator, "DELETE FROM accounts_staff")


@pytest.mark.usefixtures("accounts")
def test_the_console_administers_every_account_but_deletes_and_renames_none(entered):
    console = entered("regsvc_console", "default")

    assert console.execute("UPDATE accounts_staff SET password = 'new'").rowcount == 3
    assert refused(console, "DELETE FROM accounts_staff")
    assert refused(console, "UPDATE accounts_staff SET username = 'other'")


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("name", "own", "foreign"),
    [
        ("console", ("django_session", "accounts_wrongtry"), ("accounts_operatorsession", "accounts_operatorwrongtry")),
        ("operator", ("accounts_operatorsession", "accounts_operatorwrongtry"), ("django_session", "accounts_wrongtry")),
    ],
)
def test_a_site_reaches_its_own_sessions_and_tries_only(entered, name, own, foreign):
    connection = entered(roles.login(name), "default")

    for table in own:
        assert connection.execute(f"SELECT FROM {table}").rowcount == 1
    for table in foreign:
        for attempt in ("SELECT FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES", "LOCK {} IN ACCESS SHARE MODE"):
            assert refused(connection, attempt.format(table)), (table, attempt)


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("name", [name for name in ON_DEFAULT if name not in {"console", "operator"}])
def test_nobody_else_reaches_an_account_or_a_session(entered, name):
    connection = entered(roles.login(name), "default")

    for table in ("accounts_staff", "django_session", "accounts_operatorsession", "accounts_rolerequest", "privacy_auditentry"):
        assert refused(connection, f"SELECT FROM {table}"), table


# Letters ------------------------------------------------------------------------------------------------------------


def test_a_letter_as_the_service_posts_it_is_taken(entered):
    assert entered("regsvc_public", "default").execute(letter()).rowcount == 1
    assert (
        entered("regsvc_console", "default")
        .execute(letter(origin="'console'", digest="sha256('2')", idempotency="NULL"))
        .rowcount
        == 1
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", "'accepted'"),
        ("status", "'refused'"),
        ("status", "'aside'"),
        ("reason", "'email-required'"),
        ("statement", "'forged'"),
        ("origin", "'registrar'"),
        ("origin", "'operator'"),
        ("digest", "'\\x00'"),
        ("digest", "decode(repeat('00', 2000), 'hex')"),
        ("idempotency", "'\\x00'"),
        ("body", "decode(repeat('00', 20000000), 'hex')"),
        ("sealed", "decode(repeat('00', 24577), 'hex')"),
        ("sealed", "decode(repeat('00', 20000000), 'hex')"),
        ("sealed", "'\\x00'"),
        ("sealed", "NULL"),
        ("epoch", "'old'"),
        ("arrived_at", "NULL"),
        ("arrived_at", "'-infinity'"),
        ("arrived_at", "'infinity'"),
        ("arrived_at", "now() - interval '2 days'"),
        ("arrived_at", "now() + interval '2 days'"),
    ],
)
@pytest.mark.parametrize("name", ["public", "console"])
def test_a_forged_letter_is_refused(entered, name, column, value):
    forged = {"origin": f"'{name}'"} | {column: value}
    if column == "status" and value != "'aside'":
        forged |= {"sealed": "NULL", "arrived_at": "NULL"}  # as the check of filed letters wants it

    assert refused(entered(roles.login(name), "default"), letter(**forged))


def test_the_public_login_settles_no_letter_and_reads_nobodys_rows(entered):
    public = entered("regsvc_public", "default")

    for statement in (
        "UPDATE intake_letter SET status = 'accepted'",
        "DELETE FROM intake_letter",
        "SELECT sealed FROM intake_letter",
        "SELECT FROM registration_registration",
        "SELECT FROM registration_confirmation",
    ):
        assert refused(public, statement), statement
    for statement in ("SELECT FROM keystore_grant", "SELECT FROM keystore_token", "SELECT FROM keystore_emailindex"):
        assert refused(entered("regsvc_public", "keystore"), statement), statement


# Locks --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ON_DEFAULT)
def test_a_login_takes_its_own_locks_only(entered, name):
    connection = entered(roles.login(name), "default")

    assert [lock for lock in LOCKS if not refused(connection, TAKE[lock])] == [lock for lock in LOCKS if HOLDERS[lock] == name]


@pytest.mark.parametrize(("name", "alias"), PLACES)
def test_no_login_calls_postgresqls_own_locks_or_makes_large_objects(entered, name, alias):
    connection = entered(roles.login(name), alias)
    server = "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
    named = "proname LIKE '%advisory%' OR proname LIKE 'lo\\_%' OR proname IN ('loread', 'lowrite')"

    found = connection.execute(f"{server} AND ({named})").fetchall()

    assert len(found) > 35
    for (function,) in found:
        row = connection.execute("SELECT has_function_privilege(%s, 'EXECUTE')", [function]).fetchone()
        assert row == (False,), function
    assert refused(connection, "SELECT pg_advisory_lock(1)")
    assert refused(connection, "SELECT pg_try_advisory_lock_shared(1, 2)")
    assert refused(connection, "SELECT lo_create(0)")
    assert refused(connection, "SELECT lo_from_bytea(0, '\\x00')")


SHARED_WITH = {  # a table of one store that several logins use: who could shut the others out of it
    ("registrar", "default"): {
        "intake_letter",
        "registration_registration",
        "registration_consentrecord",
        "registration_confirmation",
    },
    ("registrar", "keystore"): {
        "keystore_grant",
        "keystore_emailindex",
        "keystore_suppression",
        "keystore_token",
        "keystore_mailboxday",
    },
    ("console", "default"): {"catalogue_notice", "catalogue_wording"},  # it deletes drafts, and no right to delete is narrower
}


@pytest.mark.parametrize(("name", "alias"), PLACES)
def test_a_login_cannot_shut_others_out_of_a_table(entered, name, alias):
    users: dict[str, set[str]] = {}
    for other in rights.WORKERS:
        for table in roles.ROLES[other].rights.get(alias, {}):
            users.setdefault(table, set()).add(other)
    connection = entered(roles.login(name), alias)
    shared = [table for table, by in users.items() if by > {name}]

    can = {table for table in shared if may(connection, f"LOCK {table} IN ACCESS EXCLUSIVE MODE NOWAIT")}

    assert can == SHARED_WITH.get((name, alias), set())


# Time-outs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "alias"), PLACES)
def test_a_session_begins_with_its_roles_time_outs(entered, name, alias):
    connection = entered(roles.login(name), alias)

    for setting, value in roles.ROLES[name].timeouts.items():
        assert connection.execute(f"SHOW {setting}").fetchone() == (value,)
    assert set(roles.ROLES[name].timeouts) == {"statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"}


@pytest.mark.usefixtures("accounts")
def test_a_forgotten_transaction_is_ended_and_its_locks_fall(servers):
    with psycopg.connect(url(servers, "regsvc_operator", "default")) as forgetful:
        forgetful.execute("SET idle_in_transaction_session_timeout = '100ms'")  # as it is set per role, only shorter
        forgetful.execute("SELECT FROM accounts_staff FOR UPDATE")
        time.sleep(0.3)
        with psycopg.connect(url(servers, "regsvc_console", "default")) as waiting:
            assert waiting.execute("UPDATE accounts_staff SET name = 'x' WHERE username = 'olga'").rowcount == 1
            waiting.rollback()
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            forgetful.execute("SELECT 1")


# The server ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "alias"), PLACES)
@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_a_login_enters_no_other_database(servers, name, alias, database):
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url(servers, roles.login(name), alias, database))


@pytest.mark.parametrize(("name", "alias"), PLACES)
def test_a_login_makes_nothing_and_becomes_nobody(entered, name, alias):
    connection = entered(roles.login(name), alias)

    for statement in (
        "CREATE TABLE public.own (id int)",
        "CREATE TEMP TABLE own (id int)",
        "CREATE FUNCTION public.own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION pg_temp.own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA own",
        "CREATE ROLE own",
        "ALTER ROLE regsvc_owner PASSWORD 'x'",
        "SET ROLE regsvc_owner",
        *(f"SET ROLE {roles.login(other)}" for other in rights.WORKERS if other != name and may_exist(connection, other)),
        "SET SESSION AUTHORIZATION postgres",
        "SET log_statement = 'all'",
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO '/tmp/x'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('.')",
    ):
        assert refused(connection, statement), statement


def may_exist(connection: psycopg.Connection, name: str) -> bool:
    return connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [roles.login(name)]).rowcount == 1


def test_a_login_reads_no_statement_and_ends_no_session_of_another(entered):
    other = entered("regsvc_console", "default")
    other.execute("SELECT 'canary7q'")
    connection = entered("regsvc_public", "default")
    pid = other.info.backend_pid

    assert connection.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone() == (
        "<insufficient privilege>",
    )
    assert refused(connection, f"SELECT pg_terminate_backend({pid})")
    assert refused(connection, f"SELECT pg_cancel_backend({pid})")


@pytest.mark.django_db(databases=list(roles.ALIASES))
@pytest.mark.parametrize("alias", roles.ALIASES)
def test_what_the_server_still_opens_is_found(servers, alias):
    """The positive control: one function opened again is named, and nothing else."""
    with psycopg.connect(url(servers, "", alias), autocommit=True) as superuser:
        assert rights.still_open(alias) == []
        superuser.execute("GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint) TO PUBLIC")
        try:
            assert rights.still_open(alias) == ["pg_advisory_lock"]
        finally:
            superuser.execute(sql.SQL(server_rights.SQL))
        assert rights.still_open(alias) == []


# What an operator's login prepared for later ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_operators_account_becomes_no_account_of_the_console():
    """The operators' login may set an operator's password. It would hold when the account reached registrations."""
    at = timezone.now()
    staff.create(username="olga", password=PASSWORD, names=["activation operator"], actor="test", at=at)

    for names in (["support"], ["administrator"], ["privacy officer"]):
        with pytest.raises(RolesRefused):
            staff.set_roles(username="olga", names=names, actor="test", at=at)
    assert Staff.objects.get(username="olga").roles == ["activation operator"]


# Heartbeats ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "foreign"), [("mailer", "sweep"), ("registrar", "send_service_mail")])
def test_a_worker_cannot_say_that_another_one_is_alive(entered, name, foreign):
    own = {"sweep": "send_service_mail", "send_service_mail": "sweep"}[foreign]
    beat = (
        "INSERT INTO registration_heartbeat (task, ended_at, stuck) VALUES ('{}', {}, 0)"
        " ON CONFLICT (task) DO UPDATE SET ended_at = excluded.ended_at, stuck = excluded.stuck"
    )
    connection = entered(roles.login(name), "default")

    assert connection.execute(beat.format(own, "now()")).rowcount == 1
    assert refused(connection, beat.format(foreign, "now()"))
    assert refused(connection, beat.format("other", "now()"))
    assert refused(connection, beat.format(own, "'infinity'"))
    assert connection.execute(f"UPDATE registration_heartbeat SET ended_at = now() WHERE task = '{foreign}'").rowcount == 0


# Receipts' hashes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["lower({}, 'updates/vendor')", "erase({})"])
def test_a_public_login_stores_nothing_longer_than_a_hash(entered, call):
    public = entered("regsvc_public", "keystore")

    assert public.execute(f"""SELECT {call.format("sha256('x')")}""").rowcount == 1
    assert refused(public, f"""SELECT {call.format("convert_to(repeat('x', 2000), 'utf8')")}""")
