"""The pages of one's own registration, and those behind mailed links."""

from datetime import date

import pytest
from django.conf import settings

from intake.models import Letter
from privacy import receipts
from registration import record, retention, self_service, support
from registration.support import Look
from tests.forms import Page, press, send
from tests.registration.owning import ACTIONS, UPDATES, act, choices


def test_the_receipt_shows_everything(life, client, filed):
    page = act(client, filed)

    for shown in (
        filed.number,
        "Example Server Standard",
        "Acme Computers",
        "Ada Example",
        "ada@example.org",
        "Germany",
        "SN-1042",
        "News about updates from Example",
        "Special offers from Acme Computers",
        "waiting for you to confirm by e-mail",
        "Customer service",
        "your consent",
    ):
        assert shown in page.html, shown


def test_the_whole_link_can_be_pasted(life, client, filed):
    link = f"  http://localhost:8000/my#{filed.text}\n"

    assert filed.number in Page(send(client, "/my", {"receipt": link, "do": "see"})).html


def test_who_may_see_what_follows_the_choices(life, client, filed):
    assert "News about updates from Example, Special" not in act(client, filed).html
    life.confirm(life.mailed(filed, UPDATES))
    life.sweep()

    page = act(client, filed)
    until = date.fromisoformat(f"{retention.months_after(life.at, settings.RETAIN_INACTIVE)}-01")
    assert f"{until:%B %Y}</td>" in page.html
    assert "Customer service, News about updates from Example" in page.html
    assert "Confirmed on" in page.html


def test_looks_of_staff_are_shown_without_names(life, client, filed):
    assert "none of our staff has looked" in act(client, filed).html
    compartments = frozenset({"contact", "details", "consent"})
    look = Look(actor="sam", reason="customer-called", ticket="", compartments=compartments)
    support.reveal(registration=filed.registration, look=look, minutes=10, budget=60, at=life.at)

    page = act(client, filed)
    assert "support (you called us)" in page.html
    assert "sam" not in page.html


def test_what_is_no_receipt_is_said_at_its_field(life, client):
    page = Page(send(client, "/my", {"receipt": "not one", "do": "see"}))

    assert (page.status, page.faults()) == (422, {"receipt"})


@pytest.mark.parametrize("do", ACTIONS)
def test_an_unknown_receipt_gets_one_answer_whatever_is_asked(life, client, do):
    page = act(client, receipts.fresh(), do, purpose=UPDATES)

    assert (page.status, page.heading) == (404, "We can't find this registration")


def test_before_filing_there_is_nothing_to_see_but_it_can_be_erased(life, client):
    receipt = life.register(UPDATES)

    page = act(client, receipt)
    assert page.status == 404
    asked = press(client, "/my", page, ("do", "erase"))
    assert press(client, "/my", asked, ("do", "erase-now")).heading == "Erased"
    life.sweep()
    assert act(client, receipt).status == 404


def test_stopping_holds_before_the_answer(life, client, filed):
    life.confirm(life.mailed(filed, UPDATES))
    life.sweep()
    assert life.marketing(filed) == {UPDATES}

    page = act(client, filed, "lower", purpose=UPDATES)

    assert life.marketing(filed) == set()
    assert "These e-mails have stopped, for every registration" in page.html
    assert "One change is being processed" in page.html


def test_a_wish_waits_for_the_mailbox(life, client, filed):
    choice = next(each for each in choices(client, filed) if each["purpose"] == "offers/vendor")

    page = act(client, filed, "raise", **choice)
    life.sweep()

    assert "Check your e-mail and confirm." in page.html
    assert life.states(filed)["offers/vendor"] == "unconfirmed"
    assert "offers/vendor" not in life.live(filed)


def test_without_an_address_nothing_can_be_wished_for(life, client):
    receipt = life.register(email=None)
    life.sweep()
    letters = Letter.objects.count()

    page = act(client, receipt, "raise", **choices(client, receipt)[0])

    assert page.status == 422
    assert "This registration has no e-mail address." in page.html
    assert Letter.objects.count() == letters


def test_a_purpose_that_is_none_is_refused(life, client, filed):
    assert act(client, filed, "lower", purpose="everything").status == 422
    assert act(client, filed, "raise", purpose=UPDATES, wording="0" * 64).status == 422


def test_changes_are_taken_and_shown_when_filed(life, client, filed):
    form = act(client, filed, "form")
    assert ("name", "Ada Example") in form.sent

    page = press(client, "/my", form, ("do", "save"), name="Ada Beispiel", serial="", phone="030 7654321")
    assert "We have received your changes" in page.html
    assert "One change is being processed" in page.html
    life.sweep()

    own = record.shown(self_service.see(receipt=filed))
    assert own["contact"] == {"email": "ada@example.org", "name": "Ada Beispiel", "phone": "+49307654321"}
    assert own["details"] == {}
    assert life.states(filed)[UPDATES] == "unconfirmed"


def test_nothing_different_is_no_change(life, client, filed):
    letters = Letter.objects.count()

    page = press(client, "/my", act(client, filed, "form"), ("do", "save"))

    assert "You made no changes" in page.html
    assert Letter.objects.count() == letters
