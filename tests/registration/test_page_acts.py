"""The pages of one's own registration, and those behind mailed links."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from intake.models import Letter
from privacy import receipts, statements
from registration import cleanup, policy, submission_page
from registration.mail_content import written
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
    assert Page(client.get(certificate)).heading == "Your registration has been erased"
    assert client.get(f"/api/v1{certificate}").json()["certificate"]


def test_the_pages_and_the_certificate_name_the_same_day(life, client, filed):
    asked = act(client, filed, "erase")
    posted = life.erase(filed)
    life.sweep()

    page = Page(client.get(f"/submissions/{posted.digest.hex()}", headers={"Accept-Language": "en"}))

    said = statements.verify(re.search(r"readonly>(.+?)<", page.html)[1], public=statements.public_key("statements"))
    days = date.fromisoformat(said["no_backup_opens_after"]) - date.fromisoformat(said["erased_on"])
    assert days.days == policy.SHUT_DAYS == 14
    assert f"After {days.days} days nobody can read it from a backup" in asked.html
    assert {said["erased_on"], said["no_backup_opens_after"]} == {found["datetime"] for tag, found in page.tags if tag == "time"}


def test_the_docs_name_the_days_of_the_certificate():
    docs = Path(settings.ROOT, "docs")

    assert all(f"{policy.SHUT_DAYS} days" in (docs / name).read_text() for name in ("operations.md", "what-we-store.md"))


def test_a_submissions_page_says_how_it_stands(life, client):
    receipt = life.register()
    address = f"/submissions/{receipt.digest.hex()}"
    assert Page(client.get(address)).heading == "Your request is being processed"

    life.sweep()
    assert Page(client.get(address)).heading == "Done"

    life.erase(receipt)
    changed = life.change(receipt, contact={"name": "Ada"})
    life.sweep()
    refused = Page(client.get(f"/submissions/{changed.digest.hex()}"))
    assert refused.heading == "We couldn't carry out your request"
    assert "The registration was already erased." in refused.html


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
    assert page.heading in {"Alles löschen?", "Meine Angaben ändern", "Example Server Standard"}
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
        assert Page(client.get(f"/confirm/{token}")).heading == "Confirm your choices"
    assert Letter.objects.count() == letters
    assert Page(client.post(f"/confirm/{token}", "x=", content_type="application/x-www-form-urlencoded")).heading == "Thank you"
    life.sweep()
    assert life.marketing(filed) == {UPDATES}


def test_a_confirmations_page_names_the_registration_and_confirms_one_choice_or_all(life, client, filed):
    url = f"/confirm/{written(life.link(filed, UPDATES, 'offers/acme'))}"
    page = Page(client.get(url))
    assert filed.number in page.html
    assert "News about updates from Example" in page.html
    assert "Special offers from Acme Computers" in page.html

    one = Page(send(client, url, {"registration": filed.number, "choice": UPDATES}))
    assert (one.heading, one.html.count("You have confirmed this.")) == ("Thank you", 1)
    life.sweep()
    assert life.marketing(filed) == {UPDATES}
    send(client, url, {"x": ""})
    life.sweep()
    assert life.marketing(filed) == {UPDATES, "offers/acme"}
    assert Page(client.get(url)).heading == "You have confirmed these e-mails"


@pytest.mark.parametrize(
    "sent", [{"choice": "offers/vendor"}, {"choice": "x"}, {"registration": "R7K4-2MQX-9", "choice": UPDATES}]
)
def test_what_the_mail_did_not_ask_is_not_confirmed(life, client, filed, sent):
    url = f"/confirm/{written(life.mailed(filed, UPDATES))}"

    assert "Nothing was confirmed." in Page(send(client, url, sent)).html
    life.sweep()
    assert life.marketing(filed) == set()


def test_a_used_an_expired_and_an_unknown_link_say_what_they_are(life, client, filed):
    url = f"/confirm/{written(life.mailed(filed, UPDATES))}"
    life.at += timedelta(days=16)
    cleanup.tidy(at=life.at)

    for method in (client.get, lambda url: send(client, url, {"x": ""})):
        assert Page(method(url)).heading == "This link has expired"
        unknown = Page(method(f"/confirm/{receipts.fresh().text}"))
        assert (unknown.status, unknown.heading) == (404, "This link no longer works")


def test_all_mail_to_the_address_is_stopped_from_a_confirmed_registrations_page_only(life, client, filed):
    assert "Stop all e-mails" not in act(client, filed).html
    one, other = life.confirmed(UPDATES, email="bob@example.org"), life.confirmed(UPDATES, email="bob@example.org")
    assert "Stop all e-mails" in act(client, one).html

    assert "have stopped, for every registration" in act(client, one, "stop-all").html
    assert life.marketing(one) == life.marketing(other) == set()


def test_looking_at_an_unsubscribe_link_changes_nothing(life, client):
    receipt = life.confirmed(UPDATES)
    token = written(life.unsubscribe_token(receipt, UPDATES))

    assert Page(client.get(f"/unsubscribe/{token}")).heading == "Stop these e-mails?"
    assert life.marketing(receipt) == {UPDATES}

    assert Page(send(client, f"/unsubscribe/{token}", {"x": ""})).heading == "These e-mails have stopped"
    assert life.marketing(receipt) == set()


@pytest.mark.parametrize("multipart", [True, False])
def test_one_click_needs_neither_cookie_nor_page(life, multipart):
    receipt = life.confirmed(UPDATES)
    url = f"/unsubscribe/{written(life.unsubscribe_token(receipt, UPDATES))}"
    program = Client(enforce_csrf_checks=True)

    body = {"List-Unsubscribe": "One-Click"}
    answer = program.post(url, body) if multipart else send(program, url, body)

    assert (answer.status_code, answer.content) == (200, b"These e-mails have stopped.\n")
    assert not program.cookies
    assert life.marketing(receipt) == set()


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe"])
@pytest.mark.parametrize("cut", ["x", "A" * 42, "A" * 44, "é" * 43])
def test_a_link_that_was_cut_off_says_so_and_posts_nothing(life, client, kind, cut):
    for method in (client.get, lambda url: send(client, url, {"x": ""})):
        page = Page(method(f"/{kind}/{cut}"))
        assert (page.status, page.heading) == (404, "This link is incomplete")
    assert not Letter.objects.exists()


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe"])
def test_a_mailed_link_can_be_tried_again(life, client, filed, kind):
    url = f"/{kind}/{written(life.mailed(filed, UPDATES))}"
    with connections["default"].execute_wrapper(full):
        page = Page(send(client, url, {"List-Unsubscribe": "One-Click"}))

    assert (page.status, page.heading) == (503, "Please try again in a moment")
