"""One's own registration: the receipt alone shows, changes and erases it."""

import base64
import json

import pytest
from django.conf import settings

from intake import submissions
from intake.models import Letter
from intake.parsing import ProductKeyNotHere
from keystore.models import Token
from privacy import keyring, receipts, statements
from registration import record, self_service, support
from registration.models import Confirmation, ConsentRecord, Registration
from tests import scenario
from web.strict_json import InvalidFields

UPDATES, OFFERS = "updates/vendor", "offers/vendor"
LOOK = support.Look(actor="ines", reason="customer-called", ticket="T-1")


def shown(receipt):
    return record.shown(self_service.see(receipt=receipt))


def unseen(receipt):
    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=receipt)
    return True


def status(digest: bytes):
    found = submissions.status(digest.hex())
    return found["status"], found["reason"]


def test_a_patch_changes_what_it_names_and_null_takes_away(life):
    receipt = life.register(
        contact={"name": "Ada Example", "phone": "+49301234567"},
        details={"serial": "SN-1", "purchased_from": "Shop"},
        country="DE",
    )
    life.sweep()
    life.change(receipt, contact={"name": "Ada Weg", "phone": None}, details={"serial": "SN-2"}, country=None, language="de")
    life.sweep()

    own = shown(receipt)
    assert own["contact"] == {"email": "ada@example.org", "name": "Ada Weg"}
    assert own["details"] == {"serial": "SN-2", "purchased_from": "Shop"}
    assert (own["country"], own["language"]) == (None, "de")


def test_null_for_a_part_takes_all_of_it_away(life):
    receipt = life.register(details={"serial": "SN-1", "purchased_on": "2026-11-20"})
    life.sweep()
    life.change(receipt, details=None)
    life.sweep()

    assert shown(receipt)["details"] == {}
    assert life.row(receipt).details is None


@pytest.mark.parametrize(
    ("patch", "fault"),
    [
        ({"product": "desk-pro"}, InvalidFields),
        ({"contact": {"birthday": "1815-12-10"}}, InvalidFields),
        ({"contact": {"email": "nobody"}}, InvalidFields),
        ({"choices": [{"topic": "support", "sender": "vendor", "granted": False}]}, InvalidFields),
        ({"details": {"serial": "ABCDE-FGHJK-MNPQR-STVWX-12345"}}, ProductKeyNotHere),
    ],
)
def test_a_wrong_patch_is_refused_and_nothing_is_posted(life, patch, fault):
    receipt = life.register()
    with pytest.raises(fault):
        life.change(receipt, **patch)

    assert Letter.objects.count() == 1


def test_changes_that_wait_are_counted(life):
    receipt = life.register()
    life.sweep()
    for name in ("One", "Two"):
        life.change(receipt, contact={"name": name})
    assert shown(receipt)["pending_changes"] == 2

    life.sweep()
    assert shown(receipt)["pending_changes"] == 0


def test_changes_are_taken_for_every_well_formed_receipt(life):
    stranger = receipts.fresh()
    posted = life.change(stranger, contact={"name": "Nobody"})
    erased = life.erase(receipts.fresh())
    assert unseen(stranger)
    life.sweep()

    assert status(posted.digest) == ("refused", "not-found")
    assert status(erased.digest) == ("accepted", None)


def test_too_many_changes_are_turned_away(life, monkeypatch):
    monkeypatch.setattr(self_service, "MOST_CHANGES", 2)
    receipt = life.register()
    for _ in range(2):
        life.change(receipt, contact={"name": "Ada"})
    with pytest.raises(self_service.TooManyChanges):
        life.change(receipt, contact={"name": "Ada"})


def test_each_value_says_who_may_open_it_and_how_long(life):
    receipt = life.confirmed(UPDATES, country="DE", details={"serial": "SN-1"})
    lines = {line["pointer"]: line for line in shown(receipt)["held"]}

    assert set(lines) == {"/contact/email", "/country", "/details/serial"}
    assert lines["/contact/email"]["purposes"] == ["support", UPDATES]
    assert lines["/details/serial"]["purposes"] == ["support"]
    year, month = life.row(receipt).month.year, life.row(receipt).month.month
    assert lines["/country"]["kept_until"] == f"{year + settings.RETAIN_INACTIVE // 12}-{month:02}"

    life.lower(receipt, UPDATES)
    assert [line["purposes"] for line in shown(receipt)["held"]] == [["support"]] * 3


def test_looks_of_staff_are_shown_without_names(life):
    receipt = life.register()
    life.sweep()
    support.reveal(registration=receipt.registration, look=LOOK, minutes=10, budget=60, at=life.at)

    assert shown(receipt)["looks"] == [{"day": life.at.date().isoformat(), "role": "support", "reason": "customer-called"}]


@pytest.mark.parametrize("moment", ["before-filing", "after-filing", "confirmed"])
def test_erased_means_nothing_opens_from_the_answer_on(life, moment):
    receipt = life.confirmed(UPDATES) if moment == "confirmed" else life.register(UPDATES)
    if moment == "after-filing":
        life.sweep()
    life.erase(receipt)

    assert life.live(receipt) == set()
    assert unseen(receipt)
    assert not Token.objects.using("keystore").exclude(wrapped=None).exists()
    life.sweep()
    assert life.live(receipt) == set()
    assert not Registration.objects.exists()
    assert not ConsentRecord.objects.exists()
    assert not Confirmation.objects.exists()


def test_erasing_twice_is_harmless_and_later_letters_find_nothing(life):
    receipt = life.confirmed(UPDATES)
    first, second = life.erase(receipt), life.erase(receipt)
    late = life.change(receipt, choices=[scenario.choice(UPDATES)])
    life.sweep()
    life.erase(receipt)
    life.sweep()

    assert first == second
    assert status(late.digest) in {("refused", "erased"), ("refused", "not-found")}
    assert life.live(receipt) == set()


def test_the_certificate_names_the_day_after_which_no_backup_opens(life):
    receipt = life.register()
    life.sweep()
    posted = life.erase(receipt)
    assert "certificate" not in submissions.status(posted.digest.hex())
    life.sweep()

    certificate = submissions.status(posted.digest.hex())["certificate"]
    claims = statements.verify(certificate, public=statements.public_key("statements"))
    assert claims["statement"] == "erased"
    assert claims["erased_on"] == life.at.date().isoformat()
    assert claims["no_backup_opens_after"] > claims["erased_on"]
    with pytest.raises(statements.StatementBroken):
        statements.verify(certificate, public=statements.public_key("acknowledge"))


def test_a_submissions_status_is_signed_by_the_acknowledgement_key(life):
    receipt = life.register()
    for expected in ("waiting", "accepted"):
        answer = submissions.status(receipt.digest.hex())
        claims = statements.verify(answer["signature"], public=statements.public_key("acknowledge"))
        assert claims == {"digest": receipt.digest.hex(), "status": expected, "reason": None}
        life.sweep()


def test_what_stands_aside_still_waits_to_those_outside(life):
    receipt = life.register()
    Letter.objects.update(status="aside", reason="cannot-file")

    assert status(receipt.digest) == ("waiting", "cannot-file")


@pytest.mark.parametrize("digest", ["", "00", "zz" * 32, "00" * 32, "00" * 33])
def test_an_unknown_submission_is_unknown(life, digest):
    with pytest.raises(submissions.UnknownSubmission):
        submissions.status(digest)


def test_the_receipt_needs_no_key_of_the_house(life, monkeypatch):
    receipt = life.confirmed(UPDATES, contact={"name": "Ada Example"})

    def refuse(*_):
        raise keyring.KeyRefused

    monkeypatch.setattr(keyring.Ring, "key", refuse)
    assert self_service.see(receipt=receipt).contact.name == "Ada Example"


def test_a_damaged_receipt_and_a_strangers_are_unknown_alike(life):
    receipt = life.register()
    life.sweep()
    wrong = receipts.Receipt(bytes([receipt.secret[0] ^ 1]) + receipt.secret[1:])

    assert unseen(wrong)
    assert "secret" not in repr(receipt)
    assert receipt.text not in json.dumps(shown(receipt))
    assert base64.b64encode(receipt.secret).decode() not in json.dumps(shown(receipt))
