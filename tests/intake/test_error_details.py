"""What the API says of a wrong field: each field its own sentence, which says what would be right; codes and pointers stay."""

import pytest

from tests.intake.test_api import REGISTRATIONS, post
from web import strict_json

WRONG = {
    "/contact/email": ({"contact": {"email": "ada"}}, "invalid", "Enter an e-mail address such as name@example.com."),
    "/contact/name": ({"contact": {"name": "a\u0000b"}}, "invalid", "Enter the name on one line, without invisible characters."),
    "/contact/phone": (
        {"contact": {"phone": "nonsense"}},
        "invalid",
        "Enter a telephone number with its country code, such as +49 30 1234567.",
    ),
    "/contact/company": ({"contact": {"company": "x" * 201}}, "too-long", "Use 200 characters or fewer."),
    "/contact/address": ({"contact": {"address": "x\n" * 11}}, "too-long", "Use at most 500 characters on at most 10 lines."),
    "/details/serial": ({"details": {"serial": 7}}, "type", "Send a JSON string."),
    "/country": ({"country": "ZZ"}, "invalid", "Send a country code of two letters, such as DE."),
    "/language": ({"language": "?"}, "invalid", "Send a language tag, such as en or pt-BR."),
    "/receipt": ({"receipt": "x"}, "invalid", "Send 32 random bytes as base64url, 43 characters long."),
    "/notice": ({"notice": "x"}, "type", "Send the digest from the notice: 64 hexadecimal digits in lower case."),
    "/choices": ({"choices": "x"}, "type", "Send a list of at most 20 choices."),
    "/choices/0/topic": (
        {"choices": [{"topic": "news", "sender": "vendor", "granted": True}]},
        "type",
        "Send “updates” or “offers”.",
    ),
    "/product": ({"product": "No Such"}, "type", "Send a code of 2 to 40 lower-case letters, digits or hyphens."),
    "": ({"canary7q": 1}, "unknown-field", "Unknown field. Remove it."),
}


@pytest.mark.parametrize("pointer", WRONG)
def test_a_wrong_field_is_told_what_would_be_right(life, client, pointer):
    body, code, said = WRONG[pointer]

    errors = post(client, {"product": "srv-std"} | body).json()["errors"]

    assert {"pointer": pointer, "code": code, "detail": said} in errors


def test_a_field_that_stands_twice_is_called_a_duplicate(life, client):
    answer = client.post(REGISTRATIONS, '{"product": "srv-std", "product": "srv-std"}', content_type="application/json")

    assert answer.json()["errors"] == [{"pointer": "", "code": "duplicate-field", "detail": "Duplicate field. Send it once."}]


def test_only_a_code_that_no_field_explains_points_to_the_description():
    assert {code for code, said in strict_json.FAULTS.items() if "/api/v1/schema" in str(said)} == {"type", "invalid", "too-long"}
