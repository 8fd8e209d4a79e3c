"""What the API of the activation cannot read is refused with every wrong field named, and nothing of it is repeated."""

import pytest

from tests.activation.conftest import ACTIVATIONS, asked, post

pytestmark = pytest.mark.urls("regsvc.urls.activation")


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ("{", 400, "malformed"),
        ("[]", 422, "invalid-fields"),
        ('{"product": "a1", "product": "a1"}', 422, "invalid-fields"),
        (asked("x"), 422, "mistyped-key"),
        (asked("x", e_mail="ada@example.org"), 422, "invalid-fields"),
        (asked("x", hardware_version=2), 422, "invalid-fields"),
        (" " * 20_000, 413, "too-large"),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_repeated(counter, client, body, status, slug):
    answer = post(client, body)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert "example.org" not in answer.content.decode()
    assert "e_mail" not in answer.content.decode()


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"hardware": "0000000000"}, [("/hardware", "invalid")]),
        ({"hardware_version": 2}, [("/hardware_version", "invalid")]),
        ({"hardware_version": "1"}, [("/hardware_version", "type")]),
        ({"product": "x" * 41}, [("/product", "type")]),
        ({"os": "x" * 81}, [("/os", "too-long")]),
        ({"e_mail": "ada@example.org"}, [("", "unknown-field")]),
        ({"attempt": "x"}, [("/attempt", "type")]),
        (
            {"product_key": "U" * 25, "hardware": "0000000000", "hardware_version": 2},
            [("/product_key", "invalid"), ("/hardware_version", "invalid"), ("/hardware", "invalid")],
        ),
        (
            {"product": 7, "product_key": "U" * 25, "hardware": "g", "sent_at": "ada@example.org", "e_mail": 1},
            [
                ("/product", "type"),
                ("/sent_at", "type"),
                ("", "unknown-field"),
                ("/product_key", "invalid"),
                ("/hardware", "invalid"),
            ],
        ),
    ],
)
def test_each_field_that_is_wrong_is_named(counter, client, changed, errors):
    answer = post(client, asked(counter.key()) | changed)

    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == errors
    assert all(each["detail"] for each in answer.json()["errors"])
    assert "ada@" not in answer.content.decode()


def test_the_members_that_are_missing_are_all_named(counter, client):
    errors = post(client, {"hardware": "0000000000"}).json()["errors"]

    assert [(each["pointer"], each["code"]) for each in errors] == [
        ("/product_key", "required"), ("/product", "required"), ("/hardware_version", "required"), ("/hardware", "invalid"),
    ]  # fmt: skip


def test_a_form_is_refused(counter, client):
    assert client.post(ACTIVATIONS, {"product_key": "x"}).status_code == 415


@pytest.mark.parametrize("length", [17_000, 70_000, 3_000_000])
def test_a_large_body_is_turned_away_unread(client, length):
    answer = post(client, " " * length)

    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
