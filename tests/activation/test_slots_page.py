"""The holder's page: who has the key sees its slots and frees one after a second question. The key is in no page."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import formats, timezone

from activation import admission
from activation.models import Binding
from tests.activation.test_pages import BROWSER, GERMAN
from tests.forms import Page, send

pytestmark = pytest.mark.urls("regsvc.urls.activation")


def post(client, headers=BROWSER, **fields):
    return Page(send(client, "/slots", fields, **headers))


def proof(page) -> str:
    return page.attributes("pass")["value"]


def freeing(client, question, slot, **more):
    """The answer to "Yes, free it", or to the same form once more."""
    bound = question.attributes("bound")["value"]
    return send(client, "/slots", {"slot": slot, "go": "free", "pass": proof(question), "bound": bound} | more, **BROWSER)


def live() -> int:
    return Binding.objects.using("activation").filter(released_on__isnull=True).count()


def test_a_slot_is_freed_after_a_second_question(counter, client):
    key = counter.key("multi")
    for number in (1, 2):
        counter.ask(key, number)
    shown = post(client, product_key=f" {key.text.lower()} ")
    assert "Slots in use: 2 of 3" in shown.html
    assert "Nov. 24, 2026" in shown.html

    question = post(client, slot=2, go="ask", **{"pass": proof(shown)})
    assert (question.heading, live()) == ("Free slot 2?", 2)
    answer = freeing(client, question, 2)
    assert (answer.status_code, answer["Location"], live()) == (302, "/slots/freed", 1)
    freed = Page(client.get(answer["Location"], headers=BROWSER))

    assert (freed.status, freed.heading) == (200, "The slot is free")
    assert "Slots in use: 1 of 3" in post(client, product_key=key.text).html
    for page in (shown, question, freed):
        assert key.text[:11] not in page.html.upper()
        assert key.canonical.decode()[:10] not in page.html.upper()


def test_a_form_that_is_sent_again_says_the_same_and_frees_nothing(counter, client):
    key = counter.key("multi")
    for number in (1, 2):
        counter.ask(key, number)
    question = post(client, slot=2, go="ask", **{"pass": proof(post(client, product_key=key.text))})

    answers = [freeing(client, question, 2) for _ in range(3)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/slots/freed")] * 3
    assert live() == 1


@pytest.mark.parametrize("bound", [None, "", "canary7q"])
def test_a_computer_that_came_later_keeps_the_slot(counter, client, bound):
    key = counter.key()
    counter.ask(key, 1)
    question = post(client, slot=1, go="ask", **{"pass": proof(post(client, product_key=key.text))})
    freeing(client, question, 1)
    counter.ask(key, 2)

    again = Page(freeing(client, question, 1, **({} if bound is None else {"bound": bound})))

    assert (again.status, live()) == (200, 1)
    assert "Another computer has taken the slot" in again.html


def test_going_back_frees_nothing(counter, client):
    key = counter.key()
    counter.ask(key)
    page = post(client, slot=1, go="see", **{"pass": proof(post(client, product_key=key.text))})

    assert (page.status, page.heading, live()) == (200, "My computers", 1)


@pytest.mark.parametrize("typed", ["AB", "U", "é"])
@pytest.mark.parametrize("headers, place", [(BROWSER, "group 2, character 2"), (GERMAN, "Gruppe 2, Zeichen 2")])
def test_a_mistyped_key_is_told_where_and_not_shown(counter, client, typed, headers, place):
    text = counter.key().text
    wrong = text[:7] + next(symbol for symbol in typed if symbol != text[7]) + text[8:]
    page = post(client, headers=headers, product_key=wrong)

    assert page.status == 422
    assert place in page.html
    assert wrong not in page.html
    assert not page.attributes("product_key").get("value")
    assert page.attributes("product_key")["autocomplete"] == "off"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"product_key": ""}, 422),
        ({"product_key": "canary7q" * 30}, 422),
        ({"product_key": "<b>canary7q"}, 422),
        ({"pass": "canary7q"}, 403),
        ({"pass": signing.dumps("canary7q", salt="another")}, 403),
    ],
)
def test_what_cannot_be_taken_is_told_and_not_repeated(counter, client, fields, status):
    page = post(client, **fields)

    assert (page.status, page.heading) == (status, "My computers")
    assert "canary7q" not in page.html


@pytest.mark.parametrize("slot", ["", "4", "0", "-1", "99999999999", "canary7q", "²"])
@pytest.mark.parametrize("go", ["ask", "free"])
def test_a_slot_that_is_not_there_is_not_freed(counter, client, slot, go):
    key = counter.key("multi")
    counter.ask(key)
    page = post(client, slot=slot, go=go, **{"pass": proof(post(client, product_key=key.text))})

    assert (page.status, live()) == (409, 1)
    assert "canary7q" not in page.html


def test_a_slot_that_is_free_is_not_asked_about(counter, client):
    key = counter.key("multi")
    counter.ask(key)

    assert post(client, slot=2, go="ask", **{"pass": proof(post(client, product_key=key.text))}).status == 409


def test_a_pass_ends(counter, client, monkeypatch):
    key = counter.key()
    counter.ask(key)
    shown = post(client, product_key=key.text)
    monkeypatch.setattr(admission, "PASS_SECONDS", -1)

    page = post(client, slot=1, go="free", **{"pass": proof(shown)})
    assert (page.status, live()) == (403, 1)
    assert "Page expired" in page.html


def test_the_year_has_an_end(counter, client):
    key = counter.key()
    for number in (1, 2):
        counter.ask(key, number)
        listed = post(client, product_key=key.text)
        freeing(client, post(client, slot=1, go="ask", **{"pass": proof(listed)}), 1)
    counter.ask(key, 3)

    bound = Binding.objects.using("activation").get(released_on__isnull=True).id
    page = post(client, slot=1, go="free", bound=bound, **{"pass": proof(listed)})

    assert page.status == 409
    assert "Freed too often" in page.html
    assert "2027, the key moves automatically to the next computer" in page.html
    again = formats.date_format(timezone.now().date() + timedelta(days=365))
    assert f"You can free a slot again from {again}." in page.html


def test_how_often_a_key_can_still_be_freed_is_said_before_it_is(counter, client):
    key = counter.key()
    counter.ask(key)
    listed = post(client, product_key=key.text)
    assert "up to 2 times a year: 2 times are left.</p>" in listed.html

    freeing(client, post(client, slot=1, go="ask", **{"pass": proof(listed)}), 1)
    counter.ask(key, 2)
    listed = post(client, product_key=key.text)
    more = formats.date_format(timezone.now().date() + timedelta(days=365))
    question = post(client, slot=1, go="ask", **{"pass": proof(listed)})
    for page in (listed, question):
        assert f"1 time is left. On {more} you get one more." in page.html

    freeing(client, question, 1)
    counter.ask(key, 3)
    page = post(client, product_key=key.text)
    assert f"You can free a slot again from {more}." in page.html
    assert 'value="ask"' not in page.html
    german = post(client, GERMAN, product_key=key.text)
    assert "2-mal einen Platz dieses Schlüssels freigegeben, mehr ist nicht möglich" in german.html


def test_a_key_that_only_we_free_says_so(counter, client, settings):
    settings.PHONE_NUMBERS = ["+49 30 1234567"]
    key = counter.key("manufacturer")
    counter.ask(key)

    page = post(client, product_key=key.text)
    assert "You can't free a slot of this key yourself" in page.html
    assert "+49 30 1234567" in page.html
    assert 'value="ask"' not in page.html


def test_keys_cannot_be_tried_out(counter, client):
    key = counter.key()
    pages = [post(client, product_key=key.text) for _ in range(admission.HOLDER_CALLS + 1)]

    assert [page.status for page in pages] == [200] * admission.HOLDER_CALLS + [429]


def test_a_volume_key_has_nothing_to_free(counter, client):
    assert "nothing to free" in post(client, product_key=counter.key("volume").text).html


def test_an_address_with_a_key_is_not_read(counter, client):
    key = counter.key()
    page = Page(client.get(f"/slots?product_key={key.text}", headers=BROWSER))

    assert key.text not in page.html
    assert "Slots in use" not in page.html
