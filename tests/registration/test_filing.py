"""Filing: once, in the order of arrival, whatever breaks on the way; and one bad letter blocks nobody."""

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction

from intake import letterbox, letters
from intake.models import Letter
from keystore import cleanup as keystore_cleanup
from keystore import vault
from keystore.models import EmailIndex, Grant, Token
from privacy import letter_sealing, receipts
from registration import cleanup, mailed_links, registrar, self_service, writing
from registration.models import Confirmation, ConsentRecord, Registration
from tests import scenario


@pytest.fixture
def broken_store(monkeypatch):
    """Lets the second half of filing fail, after the keystore has been written: as if the process had died there."""

    def refuse(*_args, **_options):
        raise OperationalError

    monkeypatch.setattr(writing.Batch, "save", refuse)
    return monkeypatch


def statuses():
    return sorted(Letter.objects.values_list("status", "reason"), key=str)


def posted_raw(plain, *, at, digest=None, origin="public", sealed_for=None):
    """A row in the letterbox that no service of ours would write."""
    digest = digest or receipts.fresh().digest
    epoch, box = letter_sealing.to_registrar(plain, origin=origin, digest=sealed_for or digest, at=at)
    Letter.objects.create(digest=digest, origin=origin, epoch=epoch, sealed=box, arrived_at=at)
    return digest


def test_sweeping_again_changes_nothing(life):
    receipt = life.register("updates/vendor")
    life.sweep()
    before = scenario.superuser("keystore", "SELECT * FROM keystore_grant ORDER BY purpose")

    assert life.sweep() == 0
    assert scenario.superuser("keystore", "SELECT * FROM keystore_grant ORDER BY purpose") == before
    assert life.mails(receipt) == ["confirm"]


def test_a_filed_letter_is_blank_and_tells_no_moment(life):
    life.register(contact={"name": "Ada Example"})
    life.sweep()

    letter = Letter.objects.get()
    assert (letter.sealed, letter.arrived_at, letter.status) == (None, None, "accepted")


def test_the_first_writer_wins_when_the_store_fails_between_the_two_halves(life, broken_store):
    receipt = life.register("updates/vendor", contact={"name": "Ada Example"})
    for _ in range(2):
        with pytest.raises(OperationalError), transaction.atomic():
            life.sweep()
    first = scenario.superuser("keystore", "SELECT purpose, wrapped FROM keystore_grant ORDER BY purpose")
    assert len(first) == 3
    assert not Registration.objects.exists()
    assert statuses() == [("waiting", None)]

    broken_store.undo()
    life.sweep()

    assert scenario.superuser("keystore", "SELECT purpose, wrapped FROM keystore_grant ORDER BY purpose") == first
    assert self_service.see(receipt=receipt).contact.name == "Ada Example"
    with vault.opening(purpose="support", actor="test", reason="", at=life.at) as opened:
        assert opened.open(life.row(receipt), "contact").email == "ada@example.org"
    assert Token.objects.using("keystore").filter(kind="receipt").count() == 1
    assert life.mails(receipt) == ["confirm"]


def test_what_was_granted_at_once_before_the_failure_keeps_its_link(life, broken_store):
    life.house = scenario.House(without_mailbox=frozenset({"US"}))
    receipt = life.register("updates/vendor", country="US")
    with pytest.raises(OperationalError), transaction.atomic():
        life.sweep()
    broken_store.undo()
    life.sweep()

    mailed_links.unsubscribe(token=life.unsubscribe_token(receipt, "updates/vendor"), at=life.at)

    assert life.marketing(receipt) == set()


def test_erased_between_the_two_halves_stays_erased(life, broken_store):
    receipt = life.register("updates/vendor")
    with pytest.raises(OperationalError), transaction.atomic():
        life.sweep()
    broken_store.undo()
    life.erase(receipt)
    life.sweep()

    assert life.live(receipt) == set()
    assert not Registration.objects.exists()
    assert statuses() == [("accepted", None), ("refused", "erased")]


def test_keystore_rows_without_a_registration_are_swept_away(life, broken_store):
    receipt = life.register("updates/vendor")
    with pytest.raises(OperationalError), transaction.atomic():
        life.sweep()
    broken_store.undo()

    cleanup.tidy(at=life.at)
    assert life.live(receipt), "its letter still waits: it may not be swept"

    Letter.objects.update(status="aside", reason="cannot-file")
    assert cleanup.tidy(at=life.at).orphans == 1
    assert life.live(receipt) == set()
    assert not EmailIndex.objects.using("keystore").exists()
    assert not Token.objects.using("keystore").exists()


def test_sweeping_away_leaves_the_mark_of_an_erased_receipt(life, broken_store):
    receipt = life.register("updates/vendor")
    with pytest.raises(OperationalError), transaction.atomic():
        life.sweep()
    broken_store.undo()
    life.erase(receipt)
    keystore_cleanup.sweep([receipt.registration], day=life.at.date())
    life.sweep()

    assert statuses() == [("accepted", None), ("refused", "erased")]


def test_poison_letters_stand_aside_and_block_nobody(life):
    posted_raw(b"not a letter", at=life.at)
    posted_raw(letters.encode(letters.Erase(bytes(32))), sealed_for=bytes(32), at=life.at)
    posted_raw(letters.encode(letters.Erase(bytes(32))), origin="console", at=life.at)
    stranger = letters.Register(bytes(32), "srv-std", None, letters.Contact(), letters.Details(), (), None, "api")
    posted_raw(letters.encode(stranger), at=life.at)
    gone = posted_raw(letters.encode(letters.Erase(bytes(32))), at=life.at)
    Letter.objects.filter(digest=gone).update(epoch="2020-W01")
    receipt = life.register()

    assert life.sweep() == 6

    reasons = [(status, reason) for status, reason in statuses() if status == "aside"]
    assert [reason for _, reason in reasons] == ["does-not-open", "epoch-gone", "unreadable", "wrong-digest", "wrong-origin"]
    assert life.live(receipt) == {"support", "custody"}
    assert Letter.objects.filter(status="aside", sealed__isnull=True).count() == 0


def test_halving_sets_only_the_bad_registrations_aside(life):
    receipts_before = [life.register() for _ in range(3)]
    too_long = letters.Choice("updates", "x" * 80, granted=True)
    for email in ("bob@example.org", "eve@example.org"):
        receipt = receipts.fresh()
        contact = letters.Contact(email=email)
        bad = letters.Register(receipt.secret, "srv-std", None, contact, letters.Details(), (too_long,), None, "api")
        life.at += timedelta(milliseconds=1)
        letterbox.post(bad, digest=receipt.digest, at=life.at)
    receipts_after = [life.register() for _ in range(3)]

    swept = registrar.sweep(house=life.house, at=life.at)

    assert (swept.handled, swept.aside) == (8, 2)
    assert all(life.live(receipt) for receipt in [*receipts_before, *receipts_after])
    assert Registration.objects.count() == 6
    assert [each for each in statuses() if each[0] == "aside"] == [("aside", "cannot-file")] * 2


@pytest.mark.parametrize("damage", ["row-gone", "seal-broken", "field-unknown"])
def test_a_change_that_cannot_be_applied_stands_aside(life, damage):
    receipt, other = life.register(), life.register(email="bob@example.org")
    life.sweep()
    if damage == "row-gone":
        Registration.objects.filter(id=receipt.registration).delete()
    if damage == "seal-broken":
        Registration.objects.filter(id=receipt.registration).update(contact=life.row(other).contact)
    fields = {"birthday": "1815-12-10"} if damage == "field-unknown" else {"name": "Ada"}
    letterbox.post(letters.Amend(receipt.secret, fields, {}, (), "api"), digest=receipt.change(0), at=life.at)
    life.change(other, contact={"name": "Bob"})

    life.sweep()

    assert self_service.see(receipt=other).contact.name == "Bob"
    assert Letter.objects.get(digest=receipt.change(0)).reason == "cannot-apply"


def test_a_product_that_is_gone_is_a_refusal(life):
    receipt = receipts.fresh()
    unknown = letters.Register(receipt.secret, "gone", None, letters.Contact(), letters.Details(), (), None, "api")
    letterbox.post(unknown, digest=receipt.digest, at=life.at)
    life.sweep()

    assert statuses() == [("refused", "unknown-product")]


def test_letters_are_handled_in_the_order_of_arrival_over_many_batches(life):
    receipt = life.register()
    for number in range(5):
        life.change(receipt, contact={"name": f"Name {number}"})

    while registrar.sweep(house=life.house, at=life.at, most=2).handled:
        pass

    assert self_service.see(receipt=receipt).contact.name == "Name 4"


@pytest.mark.parametrize("by_mail", [True, False])
def test_a_withdrawal_holds_for_what_came_before_it_and_not_after(life, by_mail):
    first = life.confirmed("updates/vendor")
    token = life.unsubscribe_token(first, "updates/vendor")
    before = life.register("updates/vendor")
    life.at += timedelta(milliseconds=1)
    life.lower(first, "updates/vendor") if not by_mail else mailed_links.unsubscribe(token=token, at=life.at)
    after = life.register("updates/vendor")

    life.sweep()

    assert life.states(first)["updates/vendor"] == "withdrawn"
    assert life.states(before)["updates/vendor"] == "withdrawn"
    assert life.states(after)["updates/vendor"] == "unconfirmed"


def test_a_batch_of_many_is_filed_with_few_statements(life, django_assert_num_queries):
    for number in range(3):
        life.register("updates/vendor", email=f"ada{number}@example.org")
    life.register("updates/vendor", email="first@example.org")
    registrar.sweep(house=life.house, at=life.at, most=1)
    with django_assert_num_queries(12), django_assert_num_queries(10, using="keystore"):
        registrar.sweep(house=life.house, at=life.at)
    life.register("updates/vendor", email="last@example.org")
    with django_assert_num_queries(12), django_assert_num_queries(10, using="keystore"):
        registrar.sweep(house=life.house, at=life.at)

    assert Registration.objects.count() == Confirmation.objects.count() == ConsentRecord.objects.count() == 5
    assert Grant.objects.using("keystore").count() == 15
