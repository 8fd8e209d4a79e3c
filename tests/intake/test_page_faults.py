"""The web wizard: explains first, ticks nothing, keeps what was typed, and stores nothing before the last page."""

import json
from urllib.parse import unquote

import pytest
from django.db import OperationalError, connection
from django.utils import formats, timezone, translation

from catalogue import publishing, snapshot
from intake import admission
from intake.models import Letter
from tests.forms import Page, fill, press, send
from tests.intake.walking import go, opened, receipt_of, ticks, walk
from web.rate_limit import RateLimit


def test_sent_twice_it_is_one_registration_with_one_receipt(life, client):
    page = walk(client, until="check", tick=slice(0, 1))

    assert receipt_of(go(client, page, "send")) == receipt_of(go(client, page, "send"))
    assert Letter.objects.count() == 1


def test_sent_again_with_something_else_it_is_not_taken(life, client):
    page = walk(client, until="check")
    go(client, page, "send")

    again = go(client, page, "send", name="Bob Example")

    assert (again.status, again.heading) == (422, "You have already sent this form")
    assert Letter.objects.count() == 1


def test_an_unusable_key_is_replaced(life, client):
    page = go(client, walk(client, until="check"), "send", key="short")

    assert (page.heading, len(dict(page.sent)["key"])) == ("Check your answers", 36)
    assert receipt_of(go(client, page, "send"))


def test_a_full_letterbox_loses_nothing_that_was_typed(life, client):
    page = walk(client, until="check")

    def full(*_: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(full):
        refused = go(client, page, "send")

    assert (refused.status, refused.heading) == (503, "Check your answers")
    assert sorted(refused.sent) == sorted(page.sent)
    assert receipt_of(go(client, refused, "send"))


def saved(page):
    """The receipt's file: its name and what stands in it."""
    link = next(found for tag, found in page.tags if tag == "a" and "download" in found)
    return link["download"], unquote(link["href"].removeprefix("data:text/plain;charset=utf-8,"))


def test_the_receipts_file_names_product_and_day(life, client):
    page = walk(client)
    name, kept = saved(page)

    today = timezone.now().date()
    assert name == f"receipt-srv-std-{today.isoformat()}-{receipt_of(page).number}.txt"
    assert "Product: Example Server Standard\n" in kept
    with translation.override("en"):
        assert f"Registered on: {formats.date_format(today)}\n" in kept
    german, _ = saved(go(client, press(client, "/register", walk(client, until="check"), ("speak", "de")), "send"))
    assert german.startswith(f"Quittung-srv-std-{today.isoformat()}-")


def test_the_receipt_can_be_kept_as_a_file(life, client):
    page = walk(client)
    _, kept = saved(page)
    receipt = receipt_of(page)
    assert receipt.text in kept
    assert receipt.number in kept
    assert f"/my#{receipt.text}" in kept


@pytest.mark.parametrize(("countries", "said"), [((), "Confirm your choices there"), (("DE",), "You can stop it with one click")])
def test_what_happens_next_is_said(life, client, settings, countries, said):
    settings.CONFIRM_WITHOUT = frozenset(countries)

    assert said in walk(client, tick=slice(0, 1)).html
    assert "You chose no e-mails" in walk(client).html


@pytest.mark.parametrize(("wait", "said"), [(60, "in about a minute"), (600, "in about 10 minutes"), (86_400, "within a day")])
def test_how_long_it_waits_is_said(life, client, settings, wait, said):
    settings.BATCH_WAIT = wait

    assert f"will be processed {said}." in walk(client).html


def test_a_product_with_a_notice_of_its_own_shows_it_once(life, client):
    own = {"product": "desk-pro", "language": "en", "text": "About this one alone.", "status": "published"}
    publishing.load({"notices": [own]}, at=life.at)
    snapshot.forget()
    page = go(client, opened(client))

    notice = go(client, page, product="desk-pro")
    assert (notice.heading, "About this one alone." in notice.html) == ("About this product", True)
    after = go(client, notice)
    assert after.heading == "Your contact details"
    assert go(client, after, "back").heading == "Your product"
    assert dict(after.sent)["notice"] == snapshot.current().notice("desk-pro", "en").digest


def test_the_page_speaks_the_readers_language(life, client):
    assert Page(client.get("/register", headers={"Accept-Language": "de-AT, en;q=0.5"})).heading == "Registrieren Sie Ihr Produkt"
    assert 'lang="de"' in opened(client, "?language=de").html
    assert opened(client).heading == "Registrieren Sie Ihr Produkt", "the choice is remembered"
    assert opened(client, "?language=xx").status == 200


def test_another_language_keeps_what_was_typed_and_ticked(life, client):
    page = walk(client, until="choices")
    german = press(client, "/register", page, ("speak", "de"), tick=ticks(page)[0], email="ada@example.org")

    assert german.heading == "Welche E-Mails möchten Sie?"
    checked = [found["value"] for _, found in german.tags if "checked" in found]
    assert checked == ticks(german)[:1] != ticks(page)[:1]
    assert ("email", "ada@example.org") in german.sent


def test_no_cookie_is_set_but_the_language(life, client):
    walk(client)
    assert not client.cookies

    opened(client, "?language=de")
    assert set(client.cookies) == {"regsvc_language"}


def test_the_pages_are_not_kept_and_tell_nobody_where_one_was(life, client):
    steps = [client.get("/register"), send(client, "/register", {"go": "next"})]
    done = send(client, "/register", fill(walk(client, until="check")) | {"go": "send"})

    for response in (*steps, done):
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("named", "content", "status"),
    [
        ({"REMOTE_ADDR": "192.0.2.1"}, FORM := "application/x-www-form-urlencoded", 403),
        ({}, "text/plain", 415),
        ({}, "multipart/form-data; boundary=x", 415),
        ({"CONTENT_LENGTH": str(17 * 1024)}, FORM, 413),
    ],
)
def test_what_the_doors_turn_away_is_a_page(life, client, named, content, status):
    response = client.post("/register", "name=Ada", content_type=content, **named)

    assert response.status_code == status
    assert b"Ada" not in response.content
    assert b"What you can do" in response.content


def test_too_many_posts_are_asked_to_wait(life, client, settings, monkeypatch):
    monkeypatch.setattr(admission, "LIMIT", RateLimit(60))
    settings.POSTS_PER_MINUTE = 2
    answers = [send(client, "/register", {"go": "next"}) for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "60"


def test_markup_that_was_typed_stays_text(life, client):
    name = "<script>alert(1)</script>"
    page = walk(client, until="check", contact={"name": name})

    assert name not in page.html
    assert json.dumps(name)[1:-1].replace("<", "&lt;").replace(">", "&gt;") in page.html
