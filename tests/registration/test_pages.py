"""The pages of one's own registration, and those behind mailed links."""

import json
from itertools import pairwise

import pytest
from django.db import OperationalError, connections
from django.test import Client

from intake.models import Letter
from privacy import receipts
from registration import mine, support
from registration.handover import written
from registration.support import Look
from tests.forms import Page, press, send

UPDATES = "updates/vendor"
ACTIONS = ("see", "form", "save", "file", "lower", "raise")


def act(client, receipt, do: str = "see", **fields: str) -> Page:
    return Page(send(client, "/my", {"receipt": receipt.text, "do": do} | fields))


def full(*_: object) -> None:
    """A database that does not answer."""
    raise OperationalError


@pytest.fixture
def filed(life):
    """Somebody who chose updates from the vendor and offers from Acme, filed and not yet confirmed."""
    contact = {"name": "Ada Example", "phone": "+49301234567"}
    receipt = life.register(UPDATES, "offers/acme", contact=contact, country="DE", language="en", details={"serial": "SN-1042"})
    life.sweep()
    return receipt


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
        "waits for your confirmation by mail",
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
    assert "Customer service, News about updates from Example" in page.html
    assert "Confirmed on" in page.html


def test_looks_of_staff_are_shown_without_names(life, client, filed):
    assert "Nobody of our staff has looked" in act(client, filed).html
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

    assert (page.status, page.heading) == (404, "Not known, or not filed yet")


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
    assert "This mail has ended, at once" in page.html
    assert "One change waits to be filed" in page.html


def test_a_wish_waits_for_the_mailbox(life, client, filed):
    choice = next(each for each in choices(client, filed) if each["purpose"] == "offers/vendor")

    page = act(client, filed, "raise", **choice)
    life.sweep()

    assert "A mail comes to your e-mail address" in page.html
    assert life.states(filed)["offers/vendor"] == "unconfirmed"
    assert "offers/vendor" not in life.live(filed)


def choices(client, receipt) -> list[dict[str, str]]:
    """What the page offers to raise."""
    hidden = [found for tag, found in act(client, receipt).tags if tag == "input" and found["name"] in {"purpose", "wording"}]
    pairs = pairwise(hidden)
    return [{"purpose": one["value"], "wording": two["value"]} for one, two in pairs if two["name"] == "wording"]


def test_without_an_address_nothing_can_be_wished_for(life, client):
    receipt = life.register(email=None)
    life.sweep()
    letters = Letter.objects.count()

    page = act(client, receipt, "raise", **choices(client, receipt)[0])

    assert page.status == 422
    assert "There is no e-mail address in this registration." in page.html
    assert Letter.objects.count() == letters


def test_a_purpose_that_is_none_is_refused(life, client, filed):
    assert act(client, filed, "lower", purpose="everything").status == 422
    assert act(client, filed, "raise", purpose=UPDATES, wording="0" * 64).status == 422


def test_changes_are_taken_and_shown_when_filed(life, client, filed):
    form = act(client, filed, "form")
    assert ("name", "Ada Example") in form.sent

    page = press(client, "/my", form, ("do", "save"), name="Ada Beispiel", serial="", phone="030 7654321")
    assert "Your changes are taken" in page.html
    assert "One change waits to be filed" in page.html
    life.sweep()

    own = mine.shown(mine.see(receipt=filed))
    assert own["contact"] == {"email": "ada@example.org", "name": "Ada Beispiel", "phone": "+49307654321"}
    assert own["details"] == {}
    assert life.states(filed)[UPDATES] == "unconfirmed"


def test_nothing_different_is_no_change(life, client, filed):
    letters = Letter.objects.count()

    page = press(client, "/my", act(client, filed, "form"), ("do", "save"))

    assert "Nothing was different" in page.html
    assert Letter.objects.count() == letters


@pytest.mark.parametrize(("name", "value"), [("email", "no address"), ("serial", "A1B2C-D3E4F-G5H6J-K7M8N-P9Q0R")])
def test_a_mistaken_change_keeps_what_was_typed(life, client, filed, name, value):
    page = press(client, "/my", act(client, filed, "form"), ("do", "save"), company="Example GmbH", **{name: value})

    assert (page.status, page.faults()) == (422, {name})
    assert {("company", "Example GmbH"), (name, value)} <= set(page.sent)


def test_a_language_without_texts_stays_when_something_else_changes(life, client):
    receipt = life.register(language="fr")
    life.sweep()
    form = act(client, receipt, "form")

    assert ("language", "fr") in form.sent
    assert "French" in form.html


def test_erasing_asks_first(life, client, filed):
    asked = act(client, filed, "erase")
    assert asked.heading == "Erase everything?"
    assert act(client, filed).status == 200

    page = press(client, "/my", asked, ("do", "erase-now"))

    assert page.heading == "Erased"
    assert act(client, filed).status == 404
    assert life.live(filed) == set()
    life.sweep()
    certificate = next(found["href"] for tag, found in page.tags if tag == "a" and "/submissions/" in found["href"])
    assert client.get(certificate).json()["certificate"]


@pytest.mark.parametrize("do", ["erase", "form", "see"])
def test_another_language_shows_the_same_page_and_does_nothing(life, client, filed, do):
    letters = Letter.objects.count()

    page = press(client, "/my", act(client, filed, do), ("speak", "de"))

    assert page.status == 200
    assert page.heading in {"Alles löschen?", "Etwas ändern", "Example Server Standard"}
    assert 'lang="de"' in page.html
    assert Letter.objects.count() == letters


def test_the_file_is_what_the_interface_answers(life, client, filed):
    file = send(client, "/my", {"receipt": filed.text, "do": "file"})
    answer = client.get("/api/v1/my/registration", headers={"Authorization": f"Bearer {filed.text}"})

    assert json.loads(file.content) == answer.json()
    assert file["Content-Disposition"] == f'attachment; filename="registration-{filed.number}.json"'


def test_a_lost_receipt_is_asked_for_with_the_same_answer(life, client):
    life.confirmed(UPDATES)
    known, unknown = (send(client, "/my", {"do": "lost", "email": f"{who}@example.org"}) for who in ("ada", "bob"))

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    wrong = Page(send(client, "/my", {"do": "lost", "email": "ada"}))
    assert (wrong.status, wrong.faults()) == (422, {"email"})
    assert 'value="ada"' in wrong.html


@pytest.mark.parametrize("do", ["see", "lower", "erase-now"])
def test_a_store_that_does_not_answer_loses_nothing(life, client, filed, do):
    with connections["keystore"].execute_wrapper(full):
        page = act(client, filed, do, purpose=UPDATES)

    assert (page.status, page.heading) == (503, "Please try again in a moment")
    again = {found["name"]: found["value"] for tag, found in page.tags if tag == "input"}
    assert again == {"receipt": filed.text, "do": do, "purpose": UPDATES}


def test_the_receipt_stands_in_no_address(life, client, filed):
    response = send(client, "/my", {"receipt": filed.text, "do": "see"})

    page = Page(response)
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert not [found for _, found in page.tags if filed.text in found.get("href", "") + found.get("action", "")]


def test_looking_at_a_confirmation_changes_nothing(life, client, filed):
    token = written(life.mailed(filed, UPDATES))
    letters = Letter.objects.count()

    for _ in range(2):
        assert Page(client.get(f"/confirm/{token}")).heading == "Do you want this mail?"
    assert Letter.objects.count() == letters
    assert Page(client.post(f"/confirm/{token}", "x=", content_type="application/x-www-form-urlencoded")).heading == "Thank you"
    life.sweep()
    assert life.marketing(filed) == {UPDATES}


def test_looking_at_an_unsubscribe_link_changes_nothing(life, client):
    receipt = life.confirmed(UPDATES)
    token = written(life.unsubscribe_token(receipt, UPDATES))

    assert Page(client.get(f"/unsubscribe/{token}")).heading == "Stop this mail?"
    assert life.marketing(receipt) == {UPDATES}

    assert Page(send(client, f"/unsubscribe/{token}", {"x": ""})).heading == "This mail has ended."
    assert life.marketing(receipt) == set()


@pytest.mark.parametrize("multipart", [True, False])
def test_one_click_needs_neither_cookie_nor_page(life, multipart):
    receipt = life.confirmed(UPDATES)
    url = f"/unsubscribe/{written(life.unsubscribe_token(receipt, UPDATES))}"
    program = Client(enforce_csrf_checks=True)

    body = {"List-Unsubscribe": "One-Click"}
    answer = program.post(url, body) if multipart else send(program, url, body)

    assert (answer.status_code, answer.content) == (200, b"This mail has ended.\n")
    assert not program.cookies
    assert life.marketing(receipt) == set()


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe"])
@pytest.mark.parametrize("cut", ["x", "A" * 42, "A" * 44, "é" * 43])
def test_a_cut_off_link_is_answered_like_an_unknown_one(life, client, kind, cut):
    unknown = f"/{kind}/{receipts.fresh().text}"

    for method in (client.get, lambda url: send(client, url, {"x": ""})):
        one, other = method(f"/{kind}/{cut}"), method(unknown)
        assert (one.status_code, one.content) == (other.status_code, other.content)
    assert Letter.objects.count() == 1


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe"])
def test_a_mailed_link_can_be_tried_again(life, client, kind):
    url = f"/{kind}/{receipts.fresh().text}"
    with connections["default"].execute_wrapper(full):
        page = Page(send(client, url, {"List-Unsubscribe": "One-Click"}))

    assert (page.status, page.heading) == (503, "Please try again in a moment")
