"""What a thief could do with one role's logins and keys, and what marketing could with a superuser's SQL."""

import uuid

import psycopg
import pytest
from psycopg import errors, sql

from devtools.demo.workspace import key_directory
from regsvc import roles
from tests.proofs import opening

pytestmark = pytest.mark.xdist_group("proofs")
UPDATES, OFFERS, ACME = "updates/vendor", "offers/vendor", "updates/acme"
PURPOSES = (UPDATES, OFFERS, ACME, "offers/acme", "support", "custody", "service", "self")
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
PUBLIC_MAY = {
    ("intake_letter", "INSERT"),
    ("registration_heartbeat", "SELECT"),
    *((f"catalogue_{each}", "SELECT") for each in ("product", "manufacturer", "notice", "wording")),
}
CALLABLE = """
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype
       AND has_function_privilege(oid, 'EXECUTE')
"""
FUNCTIONS = {
    "default": {"registration_of", "consents_of", "looks_of"},
    "keystore": {"open_receipt", "open_confirmation", "lower", "erase"},
}


@pytest.fixture(scope="module")
def people(house):
    """One person of each kind, and a letter that nobody has opened yet."""
    made = {
        "confirmed": house.register(UPDATES, OFFERS, contact={"email": "keys.confirmed@example.org"}, details={"serial": "SN-1"}),
        "unconfirmed": house.register(UPDATES, contact={"email": "keys.unconfirmed@example.org"}),
        "withdrawn": house.register(UPDATES, contact={"email": "keys.withdrawn@example.org"}),
        "declined": house.register(contact={"email": "keys.declined@example.org", "name": "Ada Example"}),
        "erased": house.register(UPDATES, contact={"email": "keys.erased@example.org"}),
    }
    made["control"] = house.register(UPDATES, OFFERS, contact={"email": "keys.control@example.org"})  # whose own token is used
    for kind in ("confirmed", "control", "withdrawn", "erased"):
        house.until(lambda kind=kind: house.sink.links_to(f"keys.{kind}@example.org"), f"no mail to {kind}")
        with house.caller() as caller:
            for page, token in house.sink.links_to(f"keys.{kind}@example.org"):
                if page == "confirm":
                    assert caller.form(f"/confirm/{opening.written(token)}").status == 200
    house.until(house.settled)
    assert house.mine("PATCH", made["withdrawn"], {"choices": [house.choice(UPDATES, granted=False)]}) == 202
    assert house.mine("DELETE", made["erased"]) == 202
    house.until(house.settled)
    house.kill("registrar")
    made["waiting"] = house.register(UPDATES, contact={"email": "keys.waiting@example.org"})
    yield made
    house.parts["registrar"].start()


def keys_of(house, *names):
    return opening.keys_in(*(key_directory(house.stage.folder, name) for name in names))


def login(house, role, alias):
    return psycopg.connect(house.stage.database_urls(role)[alias], autocommit=True)


def tables(house, alias):
    return [name for (name,) in house.rows(alias, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]


def test_nothing_stored_opens_with_the_public_processes_keys(house, people, verdict):
    keys, found = keys_of(house, "public"), opening.stored(house)
    assert {name.partition("@")[0] for name in keys} == {"intake.public", "receipts", "acknowledge", "statements.public"}
    opened = opening.with_keys(keys, found, PURPOSES)
    letters = opening.letters_with(keys, found)
    tried = len(found.grants) + len(found.receipts) + len(found.letters)
    verdict("the public role's keys", [*opened, *["a letter"] * letters], keys=len(keys), sealed_values=tried)

    registrar = keys_of(house, "registrar")
    assert opening.letters_with(registrar, found) == len(found.letters) > 0
    everybody = opening.with_keys(registrar, found, PURPOSES)
    assert everybody.keys() >= {people[kind].registration for kind in people if kind not in {"erased", "waiting"}}


def test_marketings_keys_and_a_superusers_sql_open_exactly_the_confirmed_choices(house, people, verdict):
    found = opening.stored(house)
    names = {receipt.registration: kind for kind, receipt in people.items()}
    faults, opens = [], {}
    for purpose in (UPDATES, OFFERS, ACME):
        keys = {name: key for name, key in keys_of(house, "mailer").items() if name.startswith(f"{purpose}@")}
        assert len(keys) == 1
        opened = opening.with_keys(keys, found, PURPOSES)
        opens[purpose] = {names[each] for each in opened if each in names} - {"control"}
        faults += [
            f"{names[each]}: more than the contact" for each in opened.keys() & names.keys() if opened[each] != {"contact"}
        ]
    expected = {UPDATES: {"confirmed"}, OFFERS: {"confirmed"}, ACME: set()}
    faults += [f"{purpose} opens {opens[purpose]}" for purpose in expected if opens[purpose] != expected[purpose]]
    verdict("marketing's keys", faults, people=len(people), purposes=len(expected), wraps=len(found.grants) + len(found.receipts))


def test_the_public_login_can_do_what_its_row_says_and_nothing_else(house, people, verdict):
    faults, tried = [], 0
    for alias in ("default", "keystore"):
        with login(house, "public", alias) as connection:
            for table in tables(house, alias):
                for verb in VERBS:
                    tried += 1
                    may = connection.execute("SELECT has_table_privilege(%s, %s)", [table, verb]).fetchone()[0]
                    if may != (alias == "default" and (table, verb) in PUBLIC_MAY):
                        faults.append(f"{verb} on {table}: {may}")
            callable_ = {name for (name,) in connection.execute(CALLABLE).fetchall()}
            faults += [f"functions of {alias}: {callable_}"] if callable_ != FUNCTIONS[alias] else []
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(
            house.stage.database_urls("public")["default"].replace(
                str(house.servers.servers["default"].port), str(house.servers.servers["activation"].port)
            )
        )
    verdict("the public login's rights", faults, rights_tried=tried, functions=sum(map(len, FUNCTIONS.values())))


def test_the_public_login_reads_no_sealed_bytes_and_forges_no_origin(house, people):
    with login(house, "public", "default") as connection:
        for column in ("sealed", "arrived_at"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SELECT {} FROM intake_letter").format(sql.Identifier(column)))
        for table in ("registration_registration", "registration_consentrecord", "privacy_auditentry", "accounts_staff"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(table)))
        values = [uuid.uuid4().bytes * 2, "registrar", "x", b"x"]
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(
                "INSERT INTO intake_letter (digest, origin, epoch, sealed, status) VALUES (%s, %s, %s, %s, 'waiting')", values
            )


def test_without_its_token_nobodys_rows_can_be_touched(house, people, verdict):
    def everything():
        return {
            table: sorted(map(repr, house.rows("keystore", f"SELECT * FROM {table}")))
            for table in ("keystore_grant", "keystore_emailindex", "keystore_suppression")
        }

    before = everything()
    receipts = house.rows("keystore", "SELECT hash, wrapped FROM keystore_token WHERE wrapped IS NOT NULL ORDER BY hash")
    confirmed = people["confirmed"]
    with login(house, "public", "keystore") as connection:
        guesses = [uuid.uuid4().bytes * 2, b"", confirmed.registration.bytes, confirmed.digest, confirmed.erasure]
        for guess in guesses:
            assert connection.execute("SELECT * FROM open_receipt(%s)", [guess]).fetchall() == []
            connection.execute("SELECT lower(%s, 'updates/vendor'), lower(%s, ''), erase(%s)", [guess, guess, guess])
        seen = connection.execute("SELECT registration_id FROM open_receipt(%s)", [confirmed.token_hash]).fetchall()
        assert seen == [(confirmed.registration,)]
    after = house.rows("keystore", "SELECT hash, wrapped FROM keystore_token WHERE wrapped IS NOT NULL ORDER BY hash")
    faults = [table for table, rows in everything().items() if rows != before[table]] + ([] if receipts == after else ["tokens"])
    verdict("guessed tokens", faults, guesses=len(guesses), rows=sum(map(len, before.values())))

    with login(house, "public", "keystore") as connection:
        connection.execute("SELECT lower(%s, 'offers/vendor')", [people["control"].token_hash])
    changed = {table for table, rows in everything().items() if rows != before[table]}
    assert changed == {"keystore_grant", "keystore_suppression"}


@pytest.mark.parametrize("role", [name for name, role in roles.ROLES.items() if not role.owner])
def test_each_role_holds_exactly_the_keys_of_its_row(house, role):
    row = roles.ROLES[role].keys
    named = {name.partition("@")[0] for name in keys_of(house, role)} if row else set()
    wanted = {name for name in row if name != roles.MARKETING}
    marketing = {name for name in named if "/" in name}

    assert named - marketing == wanted
    assert bool(marketing) == (roles.MARKETING in row)
