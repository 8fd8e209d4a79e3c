"""The three functions of the public process: what they touch, and what they never touch."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connections

from keystore import mailboxes
from keystore.models import EmailIndex, Grant, Suppression, Token
from privacy import receipts
from registration import self_service
from registration.policy import House
from registration.store_busy import StoreBusy
from tests.registration import subprocesses

UPDATES, OFFERS = "updates/vendor", "offers/vendor"


def call(sql, *values):
    with connections["keystore"].cursor() as cursor:
        cursor.execute(sql, list(values))
        return cursor.fetchall()


def everything_but(*receipts_):
    """All rows of the keystore that belong to others, as they are stored."""
    ids = [receipt.registration for receipt in receipts_]
    return [
        sorted(
            map(
                repr,
                model.objects.using("keystore")
                .filter(registration_id__isnull=False)
                .exclude(registration_id__in=ids)
                .values_list(),
            )
        )
        for model in (Grant, EmailIndex, Token)
    ]


@pytest.mark.parametrize("sql", ["SELECT open_receipt(%s)", "SELECT lower(%s, 'updates/vendor')", "SELECT erase(%s)"])
def test_a_presented_receipt_touches_nobody_elses_rows(life, sql):
    ada, bob = life.confirmed(UPDATES), life.confirmed(UPDATES, email="bob@example.org")
    before = everything_but(ada)
    assert any(str(bob.registration) in row for row in before[0])
    call(sql, ada.token_hash)

    assert everything_but(ada) == before


@pytest.mark.parametrize("presented", [bytes(32), b"", b"\xff" * 32])
def test_an_unknown_receipt_opens_nothing_and_ends_nothing(life, presented):
    ada = life.confirmed(UPDATES)
    before = everything_but()
    assert call("SELECT * FROM open_receipt(%s)", presented) == []
    call("SELECT lower(%s, %s)", presented, UPDATES)
    call("SELECT lower(%s, '')", presented)
    call("SELECT erase(%s)", presented)

    assert everything_but()[:2] == before[:2]
    assert life.marketing(ada) == {UPDATES}


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe"])
def test_a_mailed_token_is_no_receipt(life, kind):
    ada = life.confirmed(UPDATES)
    if kind == "unsubscribe":
        token = life.unsubscribe_token(ada, UPDATES)
    else:
        life.change(ada, choices=[{"topic": "offers", "sender": "vendor", "granted": False}])
        ada = life.register(OFFERS)
        life.sweep()
        token = life.mailed(ada, OFFERS)
    hashed = receipts.token_hash(token)
    call("SELECT erase(%s)", hashed)
    call("SELECT lower(%s, 'support')", hashed)

    assert call("SELECT * FROM open_receipt(%s)", hashed) == []
    assert {"support", "custody"} <= life.live(ada)


def test_lowering_reaches_purposes_that_are_choices_only(life):
    ada = life.confirmed(UPDATES)
    for purpose in ("support", "custody", "service", "%", "updates/%", "*/", "**"):
        call("SELECT lower(%s, %s)", ada.token_hash, purpose)

    assert {"support", "custody", UPDATES} <= life.live(ada)
    assert self_service.see(receipt=ada).row.id == ada.registration


def test_stopping_all_mail_ends_every_choice_and_nothing_else(life):
    ada, other = life.confirmed(UPDATES, OFFERS), life.confirmed(UPDATES)
    before = [life.live(each) for each in (ada, other)]
    call("SELECT lower(%s, '*')", ada.token_hash)

    assert [life.live(each) for each in (ada, other)] == [live - {UPDATES, OFFERS} for live in before]
    assert {"support", "custody"} <= life.live(ada) & life.live(other)


def test_lowering_keeps_a_suppression_that_outlives_the_erasure(life):
    ada = life.confirmed(UPDATES)
    life.lower(ada, UPDATES)
    life.erase(ada)
    life.sweep()

    assert Suppression.objects.using("keystore").count() == 1
    assert not EmailIndex.objects.using("keystore").exists()


def test_erasing_leaves_of_the_registration_only_that_its_receipt_is_void(life):
    ada = life.confirmed(UPDATES, OFFERS)
    life.erase(ada)

    assert not Grant.objects.using("keystore").exists()
    (left,) = Token.objects.using("keystore").filter(kind="receipt")
    assert (left.wrapped, left.refused) == (None, ["*"])
    links = Token.objects.using("keystore").exclude(kind="receipt")
    assert {(link.kind, link.registration_id) for link in links} == {("unsubscribe", None)}, "they end the mailbox's mail on"


def test_the_functions_run_with_a_fixed_search_path_and_for_nobody_by_default(life):
    rows = call(
        "SELECT proname, prosecdef, array_to_string(proconfig, ' '), array_to_string(proacl, ' ') FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace ORDER BY proname"
    )
    assert [row[0] for row in rows] == ["erase", "lock_address", "lower", "open_confirmation", "open_receipt"]
    assert [row[1] for row in rows] == [True] * 5
    assert all("search_path=public, pg_temp" in row[2] for row in rows)
    assert [row[0] for row in rows if "lock_timeout=3s" not in row[2]] == ["lock_address"], "each caller of it has its own"
    assert [acl for row in rows for acl in row[3].split() if acl.startswith("=")] == [], "PUBLIC may execute none of them"


@pytest.mark.real_transactions
def test_an_answer_that_cannot_wait_longer_says_try_again_and_changes_nothing(life):
    ada, bob = life.confirmed(UPDATES), life.confirmed(UPDATES, email="bob@example.org")
    acts = (lambda: life.lower(ada, UPDATES), lambda: life.erase(bob))

    def busy(act):
        try:
            act()
        except StoreBusy:
            return True
        finally:
            connections.close_all()
        return False

    with psycopg.connect(subprocesses.urls()["KEYSTORE_DATABASE_URL"]) as other, ThreadPoolExecutor() as persons:
        other.execute("SELECT FROM keystore_grant FOR UPDATE")
        assert list(persons.map(busy, acts)) == [True, True]
        other.rollback()
    assert life.marketing(ada) == life.marketing(bob) == {UPDATES}

    for act in acts:
        act()
    assert life.marketing(ada) == life.marketing(bob) == set()


@pytest.mark.real_transactions
def test_a_withdrawal_that_waited_while_its_mailbox_moved_says_try_again(life):
    ada, answers = life.confirmed(UPDATES), []
    index = EmailIndex.objects.using("keystore").get(registration_id=ada.registration)

    def withdraw():
        try:
            life.lower(ada, UPDATES)
        except StoreBusy as busy:
            answers.append(busy)
        finally:
            connections.close_all()

    person = threading.Thread(target=withdraw)
    with psycopg.connect(subprocesses.urls()["KEYSTORE_DATABASE_URL"]) as mover:
        mover.execute("SELECT lock_address(%s)", [index.mac])
        mover.execute("UPDATE keystore_emailindex SET mac = %s", [b"m" * 32])
        person.start()
        person.join(0.3)
        assert person.is_alive()
        mover.commit()
    person.join(20)

    assert len(answers) == 1
    assert not Suppression.objects.using("keystore").exists(), "nothing is remembered against the mailbox that it left"


@pytest.mark.real_transactions
def test_a_choice_that_needs_no_mailbox_waits_for_a_withdrawal_that_is_under_way(life):
    life.house = House(without_mailbox=frozenset({"US"}))
    ada = life.register(UPDATES, country="US")
    mac = mailboxes.of("ada@example.org").mac

    def sweep():
        try:
            life.sweep()
        finally:
            connections.close_all()

    registrar = threading.Thread(target=sweep)
    with psycopg.connect(subprocesses.urls()["KEYSTORE_DATABASE_URL"]) as other:
        other.execute("SELECT lock_address(%s)", [mac])
        other.execute("INSERT INTO keystore_suppression (mac, purpose) VALUES (%s, %s)", [mac, UPDATES])
        registrar.start()
        registrar.join(0.3)
        assert registrar.is_alive()
        other.commit()
    registrar.join(20)

    assert life.marketing(ada) == set()
    assert life.mails(ada) == ["confirm"]
