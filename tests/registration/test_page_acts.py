"""The pages of one's own registration, and those behind mailed links."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from intake.models import Letter
from privacy import receipts, statements
from registration import house, submission_page
from registration.handover import written
from tests.forms import Page, press, send
from tests.registration.owning import UPDATES, act, full


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
    assert Page(client.get(certificate)).heading == "Your registration is erased"
    assert client.get(f"/api/v1{certificate}").json()["certificate"]


def test_the_pages_and_the_certificate_name_the_same_day(life, client, filed):
    asked = act(client, filed, "erase")
    posted = life.erase(filed)
    life.sweep()

    page = Page(client.get(f"/submissions/{posted.digest.hex()}", headers={"Accept-Language": "en"}))

    said = statements.verify(re.search(r"readonly>(.+?)<", page.html)[1], public=statements.public_key("statements"))
    days = date.fromisoformat(said["no_backup_opens_after"]) - date.fromisoformat(said["erased_on"])
    assert days.days == house.SHUT_DAYS == 14
    assert f"After {days.days} days nobody can read it from a backup" in asked.html
    assert {said["erased_on"], said["no_backup_opens_after"]} == {found["datetime"] for tag, found in page.tags if tag == "time"}


def test_the_docs_name_the_days_of_the_certificate():
    docs = Path(settings.ROOT, "docs")

    assert all(f"{house.SHUT_DAYS} days" in (docs / name).read_text() for name in ("operations.md", "what-we-store.md"))


def test_a_submissions_page_says_how_it_stands(life, client):
    receipt = life.register()
    address = f"/submissions/{receipt.digest.hex()}"
    assert Page(client.get(address)).heading == "It is waiting to be filed"

    life.sweep()
    assert Page(client.get(address)).heading == "It is done"

    life.erase(receipt)
    changed = life.change(receipt, contact={"name": "Ada"})
    life.sweep()
    refused = Page(client.get(f"/submissions/{changed.digest.hex()}"))
    assert refused.heading == "It was not carried out"
    assert "The registration was erased before." in refused.html


@pytest.mark.parametrize("digest", ["0" * 64, "xyz"])
def test_a_submission_that_is_unknown_is_not_found(life, client, digest):
    assert client.get(f"/submissions/{digest}", headers={"Accept": "text/html"}).status_code == 404


def test_every_reason_of_a_refusal_has_its_words():
    code = "".join(path.read_text() for path in Path(settings.ROOT, "registration").glob("*.py"))

    assert set(re.findall(r'Outcome\.refused\("([a-z-]+)"\)', code)) == set(submission_page.REASONS)


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
