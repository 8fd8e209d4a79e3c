"""A body with several wrong fields: all are named at once, each once, and so they are on the wizard's pages."""

import pytest

from intake.models import Letter
from tests.intake.test_bad_input import CANARY, JSON, KEY, REGISTRATIONS, of
from tests.intake.walking import go, opened, walk


@pytest.fixture
def errors(life, client):
    """Posts a body that is refused; what is said to be wrong in it."""

    def post(content: bytes) -> list[tuple[str, str]]:
        answer = client.post(REGISTRATIONS, content, content_type=JSON)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-fields")
        assert "canary7q" not in answer.content.decode().lower()
        assert not Letter.objects.exists()
        return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]

    return post


def test_all_wrong_values_are_named_at_once(errors):
    found = errors(of(contact={"email": CANARY, "phone": CANARY}, country="ZZ", details={"purchased_on": "x"}))

    assert {pointer for pointer, _ in found} == {"/contact/email", "/contact/phone", "/country", "/details/purchased_on"}


def test_wrong_shapes_and_wrong_values_are_named_at_once(errors):
    choices = [
        {"topic": CANARY, "granted": 1, "canary7q_field": 1},
        CANARY,
        {"topic": "updates", "sender": "vendor", "granted": True},
        {"topic": "updates", "sender": "vendor", "granted": False},
    ]
    contact = {"email": 7, "name": f"{CANARY}\0", "canary7q_field": CANARY}
    found = errors(of(product=None, contact=contact, details=CANARY, choices=choices, country="ZZ", receipt=CANARY, canary7q=1))

    assert sorted(found) == [
        ("", "unknown-field"),
        ("/choices/0", "unknown-field"),
        ("/choices/0/granted", "type"),
        ("/choices/0/sender", "required"),
        ("/choices/0/topic", "type"),
        ("/choices/1", "type"),
        ("/choices/2/wording", "required"),
        ("/choices/3", "repeated"),
        ("/contact", "unknown-field"),
        ("/contact/email", "type"),
        ("/contact/name", "invalid"),
        ("/country", "invalid"),
        ("/details", "type"),
        ("/product", "type"),
        ("/receipt", "invalid"),
    ]


def test_a_list_that_is_too_long_is_one_fault(errors):
    assert errors(of(choices=[{"canary7q": 1}] * 500)) == [("/choices", "too-long")]


def test_a_body_that_is_no_object_is_one_fault(errors):
    assert errors(b"[1, 2]") == [("", "type")]


def test_the_wizard_shows_all_mistakes_of_a_page(life, client):
    page = go(client, opened(client))

    assert go(client, page, product="", country="ZZ", manufacturer="x!").faults() == {"product", "country", "manufacturer"}
    assert go(client, page, product="no-such", country="ZZ").faults() == {"product", "country"}


def test_a_page_without_a_product_still_says_what_else_is_wrong(life, client):
    page = walk(client, until="contact")

    assert go(client, page, product="", phone="x", name=KEY).faults() == {"phone", "name"}


def test_the_last_page_shows_all_mistakes_of_the_first_page_that_has_one(life, client):
    page = go(client, walk(client, until="check"), "send", product="", country="ZZ", phone="x")

    assert (page.heading, page.faults()) == ("Your product", {"product", "country"})
