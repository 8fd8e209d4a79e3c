"""What the API says of a wrong field: each field its own sentence, which says what would be right; codes and pointers stay."""

import pytest

from intake import error_details, fields, normal
from tests.intake.test_api import REGISTRATIONS, post
from web import strict_json

WRONG = {
    "/contact/email": ({"contact": {"email": "ada"}}, "invalid", "Enter an e-mail address such as name@example.com."),
    "/contact/name": (
        {"contact": {"name": "a\u0000b"}},
        "invalid",
        "Enter the name on one line, without invisible characters. It can't start with = or +.",
    ),
    "/contact/phone": (
        {"contact": {"phone": "nonsense"}},
        "invalid",
        "Enter a phone number with its country code, such as +49 30 1234567.",
    ),
    "/contact/company": ({"contact": {"company": "x" * 201}}, "too-long", "The company can have at most 200 characters."),
    "/contact/address": (
        {"contact": {"address": "x\n" * 11}},
        "too-long",
        "The postal address can have at most 10 lines and 500 characters.",
    ),
    "/details/serial": ({"details": {"serial": 7}}, "type", "Send the serial number as a JSON string."),
    "/country": ({"country": "ZZ"}, "invalid", "Send a two-letter country code such as DE."),
    "/language": ({"language": "?"}, "invalid", "Send a language tag such as en or pt-BR."),
    "/receipt": ({"receipt": "x"}, "invalid", "Send a receipt of 43 characters: 32 random bytes in base64url."),
    "/notice": ({"notice": "x"}, "type", "Send the notice's digest: 64 hexadecimal digits in lower case."),
    "/choices": ({"choices": "x"}, "type", "Send a list of at most 20 choices."),
    "/choices/0/topic": (
        {"choices": [{"topic": "news", "sender": "vendor", "granted": True}]},
        "type",
        "Send “updates” or “offers”.",
    ),
    "/product": (
        {"product": "No Such"},
        "type",
        "Send a product code such as srv-std: 2 to 40 lower-case letters, digits or hyphens.",
    ),
    "": ({"canary7q": 1}, "unknown-field", "Unknown field. Remove it or correct its name."),
}


@pytest.mark.parametrize("name", fields.FIELDS)
def test_a_page_and_the_api_say_the_same_of_a_wrong_field(name):
    field = fields.FIELDS[name]
    codes = ("invalid", "too-long") if field.pointer in error_details.LIMITS else ("invalid",)

    for code in codes if field.kind != "list" else ("not-listed",):
        assert fields.saying(name, code) == error_details.sentence(field.pointer, code)
        assert fields.saying(name, code) not in {str(said) for said in error_details.GENERAL.values()}


@pytest.mark.parametrize("name", normal.LONGEST)
def test_a_value_that_is_too_long_is_told_the_limit(name):
    assert str(normal.LONGEST[name]) in fields.saying(name, "too-long")


@pytest.mark.parametrize("pointer", WRONG)
def test_a_wrong_field_is_told_what_would_be_right(life, client, pointer):
    body, code, said = WRONG[pointer]

    errors = post(client, {"product": "srv-std"} | body).json()["errors"]

    assert {"pointer": pointer, "code": code, "detail": said} in errors


def test_a_field_that_stands_twice_is_called_a_duplicate(life, client):
    answer = client.post(REGISTRATIONS, '{"product": "srv-std", "product": "srv-std"}', content_type="application/json")

    assert answer.json()["errors"] == [
        {"pointer": "", "code": "duplicate-field", "detail": "Duplicate field. Send it only once."}
    ]


def test_only_a_code_that_no_field_explains_points_to_the_description():
    assert {code for code, said in strict_json.FAULTS.items() if "/api/v1/schema" in str(said)} == {"type", "invalid", "too-long"}
