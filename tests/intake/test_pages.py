"""The web wizard: explains first, ticks nothing, keeps what was typed, and stores nothing before the last page."""

import re

import pytest

from intake.models import Letter
from registration import record, self_service
from tests.forms import press
from tests.intake.walking import go, opened, receipt_of, ticks, walk


def test_the_explanation_comes_before_any_question(life, client):
    page = opened(client)

    assert "Registering is optional." in page.html
    assert {found.get("type") for tag, found in page.tags if tag in {"input", "select", "textarea"}} == {"hidden"}


def test_a_registration_is_what_was_typed_and_ticked(life, client):
    page = walk(client, tick=slice(0, 1))
    receipt = receipt_of(page)
    life.sweep()

    own = record.shown(self_service.see(receipt=receipt))
    assert (own["product"], own["manufacturer"], own["country"], own["language"]) == ("srv-std", "acme", "DE", "en")
    assert own["contact"] == {
        "email": "ada@example.org",
        "name": "Ada Example",
        "phone": "+49301234567",
        "address": "Weg 1\n10115 Berlin",
    }
    assert own["details"] == {"purchased_on": "2026-11-20", "serial": "SN-1042"}
    assert life.states(receipt) == {
        "updates/vendor": "unconfirmed",
        "offers/vendor": "none",
        "updates/acme": "none",
        "offers/acme": "none",
    }
    assert own["number"] in page.html


def test_the_product_alone_is_enough(life, client):
    page = opened(client, "?product=srv-std")
    for _ in range(5):
        page = go(client, page)
    receipt = receipt_of(go(client, page, "send"))
    life.sweep()

    assert record.shown(self_service.see(receipt=receipt))["contact"] == {}


def test_nothing_is_ticked_beforehand(life, client):
    page = walk(client, until="choices")

    assert len(ticks(page)) == 4
    assert not [found for _, found in page.tags if "checked" in found]


def test_a_link_may_name_product_manufacturer_and_language(life, client):
    page = go(client, opened(client, "?product=desk-pro&manufacturer=globex&language=de"))

    assert page.heading == "Ihr Produkt"
    assert {("product", "desk-pro"), ("manufacturer", "globex"), ("language", "de")} <= set(page.sent)


def test_codes_that_do_not_exist_are_passed_over(life, client):
    page = opened(client, "?product=none-such&manufacturer=nobody&language=xx")

    assert page.status == 200
    assert "none-such" not in page.html


def test_a_mistake_stands_beside_its_field_and_what_was_typed_stays(life, client):
    page = walk(client, until="contact")
    wrong = go(client, page, name="Ada Example", email="no address", phone="nonsense")

    assert (wrong.status, wrong.faults()) == (422, {"email", "phone"})
    assert {("name", "Ada Example"), ("email", "no address"), ("phone", "nonsense")} <= set(wrong.sent)
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("step", "typed", "field"),
    [
        ("product", {"product": ""}, "product"),
        ("product", {"product": "none-such"}, "product"),
        ("product", {"product": "srv-std", "manufacturer": "nobody"}, "manufacturer"),
        ("contact", {"name": "x" * 201}, "name"),
        ("contact", {"company": "two\nlines"}, "company"),
        ("contact", {"name": "A1B2C-D3E4F-G5H6J-K7M8N-P9Q0R"}, "name"),
        ("choices", {"email": "ada@"}, "email"),
        ("details", {"purchased_on": "1969-12-31"}, "purchased_on"),
        ("details", {"serial": "A1B2CD3E4FG5H6JK7M8NP9Q0R"}, "serial"),
    ],
)
def test_every_page_looks_over_its_own_fields(life, client, step, typed, field):
    page = go(client, walk(client, until=step), **typed)

    assert (page.status, page.faults()) == (422, {field})


@pytest.mark.parametrize(
    ("step", "field", "longest", "said"),
    [
        ("contact", "name", 200, "The name can have at most 200 characters."),
        ("contact", "company", 200, "The company can have at most 200 characters."),
        ("contact", "email", 254, "The e-mail address can have at most 254 characters."),
        ("contact", "address", 500, "The postal address can have at most 10 lines and 500 characters."),
        ("details", "purchased_from", 200, "The shop or dealer can have at most 200 characters."),
        ("details", "serial", 100, "The serial number can have at most 100 characters."),
    ],
)
def test_what_is_too_long_is_told_the_fields_own_limit(life, client, step, field, longest, said):
    start = walk(client, until=step)
    page = go(client, start, **{field: "x" * (longest + 1)})

    assert (page.status, page.faults()) == (422, {field})
    assert f"{said}</p>" in page.html
    if field != "email":
        assert go(client, start, **{field: "x" * longest}).status == 200


def test_an_address_of_eleven_lines_is_told_the_limit(life, client):
    page = go(client, walk(client, until="contact"), address="x\r\n" * 10 + "x")

    assert "at most 10 lines" in page.html


def test_each_choice_is_headed_by_its_topic_and_its_sender(life, client):
    page = walk(client, until="choices")

    assert re.findall(r"<strong>([^<]+)</strong>", page.html) == [
        "News about updates from Example",
        "Special offers from Example",
        "News about updates from Acme Computers",
        "Special offers from Acme Computers",
    ]


def test_the_look_over_says_yes_with_the_text_and_no_without(life, client):
    page = walk(client, until="check", tick=slice(0, 1))

    answers = re.findall(r"<dt>((?:News|Special)[^<]+)</dt><dd>(.*?)</dd>", page.html)
    assert [title for title, answer in answers if answer == "No"] == [
        "Special offers from Example",
        "News about updates from Acme Computers",
        "Special offers from Acme Computers",
    ]
    assert answers[0][0] == "News about updates from Example"
    assert answers[0][1].startswith("<strong>Yes</strong><br>Yes, please tell me by e-mail about updates")


def test_mail_comes_in_the_language_of_the_pages_until_one_is_chosen(life, client):
    page = go(client, walk(client, until="contact"))
    german = press(client, "/register", page, ("speak", "de"))
    assert dict(german.sent)["language"] == "de"

    product = go(client, german, "product")
    chosen = go(client, product, language="en")
    again = press(client, "/register", press(client, "/register", chosen, ("speak", "en")), ("speak", "de"))
    assert dict(again.sent)["language"] == "en"

    page = go(client, again, "check")
    receipt = receipt_of(go(client, page, "send"))
    life.sweep()
    assert record.shown(self_service.see(receipt=receipt))["language"] == "en"


def test_no_language_for_mail_can_be_chosen_too(life, client):
    page = go(client, walk(client, until="product"), product="srv-std", language="")
    german = press(client, "/register", page, ("speak", "de"))

    assert "language" not in dict(german.sent)


def test_an_address_is_asked_for_only_by_a_tick(life, client):
    page = walk(client, until="choices")

    assert go(client, page).heading == "Your purchase"
    wrong = go(client, page, tick=ticks(page)[1])
    assert (wrong.status, wrong.heading, wrong.faults()) == (422, "Which e-mails would you like?", {"email"})
    assert [found["value"] for _, found in wrong.tags if "checked" in found] == ticks(page)[1:2]


def test_the_last_page_goes_back_to_the_first_mistake(life, client):
    page = walk(client, until="check")

    wrong = go(client, page, "send", phone="nonsense", purchased_on="yesterday")

    assert (wrong.heading, wrong.faults()) == ("Your contact details", {"phone"})
    assert ("purchased_on", "yesterday") in wrong.sent


def test_texts_that_changed_are_shown_anew(life, client):
    page = walk(client, until="check")

    again = go(client, page, "send", tick=f"updates/vendor/{'0' * 64}", email="ada@example.org")

    assert (again.status, again.heading) == (422, "Which e-mails would you like?")
    assert "The texts have changed" in again.html


def test_back_keeps_everything(life, client):
    page = walk(client, until="check", tick=slice(2, 3))
    for _ in range(2):
        page = go(client, page, "back")

    assert page.heading == "Which e-mails would you like?"
    assert [found["value"] for _, found in page.tags if "checked" in found] == ticks(page)[2:3]
    assert ("name", "Ada Example") in page.sent


def test_the_look_over_leads_to_each_page(life, client):
    page = walk(client, until="check")

    assert "Ada Example" in page.html
    assert "Germany" in page.html
    assert go(client, page, "contact").heading == "Your contact details"


def test_cancelling_stores_nothing(life, client):
    page = go(client, walk(client, until="check"), "cancel")

    assert "We stored nothing" in page.html
    assert "Ada Example" not in page.html
    assert not Letter.objects.exists()
