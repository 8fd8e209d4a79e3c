"""What cannot be taken: each fault has its problem, nothing is stored, and nothing that was sent comes back."""

import json
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.test import Client

from catalogue import snapshot
from catalogue.models import Wording
from intake import admission
from intake.models import Letter
from tests.scenario import body, wording
from web.rate_limit import RateLimit

REGISTRATIONS = "/api/v1/registrations"
CANARY = "Canary7Q"
EMAIL = "canary7q@example.org"
KEY = "ABCDE-FGHJK-MNPQR-STVWX-YZ012"
JSON = "application/json"


def of(**members: object) -> bytes:
    """A body that is good but for these members; it holds a canary."""
    contact = {"email": EMAIL, "name": CANARY}
    given = members.pop("contact", {})
    return json.dumps(
        {"product": "srv-std", "contact": contact | given if isinstance(given, dict) else given, **members}
    ).encode()


def deep(levels: int, opening: str = "[", closing: str = "]") -> bytes:
    return b'{"product":"srv-std","choices":' + (opening * levels + closing * levels).encode() + b"}"


GOOD = of()
BROKEN = {
    "a space": b" ",
    "no JSON": b"Canary7Q",
    "half": GOOD[:-3],
    "two": GOOD + GOOD,
    "not UTF-8": GOOD.replace(b"Canary7Q", b"Canary7Q\xff"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "NaN": b'{"product": NaN}',
    "infinity": b'{"product": -Infinity}',
    "deep": deep(5000),
    "deep objects": deep(1500, '{"a":', "}").replace(b"::", b":"),
    "lone surrogate": GOOD.replace(b"Canary7Q", b"Canary7Q\\ud800"),
    "surrogate as a name": b'{"product":"srv-std","\\udfff":1}',
    "long number": b'{"product":' + b"9" * 5000 + b"}",
    "comment": b"/* Canary7Q */" + GOOD,
}
FIELDS = {
    "no product": (b'{"contact":{"name":"Canary7Q"}}', "/product", "required"),
    "no object": (b'["Canary7Q"]', "", "type"),
    "null": (b"null", "", "type"),
    "unknown": (of(canary7q_field="x"), "", "unknown-field"),
    "unknown inside": (of(contact={"canary7q_field": "x"}), "/contact", "unknown-field"),
    "unknown in details": (of(details={"canary7q_field": "x"}), "/details", "unknown-field"),
    "unknown in a choice": (of(choices=[{"topic": "updates", "sender": "vendor", "granted": False, "canary7q_field": 1}]), "/choices/0", "unknown-field"),
    "twice": (b'{"product":"srv-std","product":"Canary7Q"}', "", "duplicate-field"),
    "twice inside": (b'{"product":"srv-std","contact":{"name":"Canary7Q","name":"Canary7Q"}}', "", "duplicate-field"),
    "twice, once escaped": (b'{"product":"srv-std","pr\\u006fduct":"Canary7Q"}', "", "duplicate-field"),
    "product number": (of(product=7), "/product", "type"),
    "product null": (of(product=None), "/product", "type"),
    "product shape": (of(product="Canary7Q!"), "/product", "type"),
    "contact text": (of(contact=CANARY), "/contact", "type"),
    "name list": (of(contact={"name": [CANARY]}), "/contact/name", "type"),
    "granted text": (of(choices=[{"topic": "updates", "sender": "vendor", "granted": "true"}]), "/choices/0/granted", "type"),
    "granted number": (of(choices=[{"topic": "updates", "sender": "vendor", "granted": 1}]), "/choices/0/granted", "type"),
    "topic": (of(choices=[{"topic": CANARY, "sender": "vendor", "granted": False}]), "/choices/0/topic", "type"),
    "too many choices": (of(choices=[{"topic": "updates", "sender": f"s{n}", "granted": False} for n in range(21)]), "/choices", "too-long"),
    "granted without wording": (of(choices=[{"topic": "updates", "sender": "vendor", "granted": True}]), "/choices/0/wording", "required"),
    "same choice twice": (of(choices=[{"topic": "updates", "sender": "vendor", "granted": False}] * 2), "/choices/1", "repeated"),
    "NUL": (of(contact={"name": f"{CANARY}\0"}), "/contact/name", "invalid"),
    "control character": (of(contact={"company": f"{CANARY}\x1b[2J"}), "/contact/company", "invalid"),
    "direction mark": (of(contact={"name": f"{CANARY}\u202e"}), "/contact/name", "invalid"),
    "header injection": (of(contact={"name": f"{CANARY}\r\nBcc: {EMAIL}"}), "/contact/name", "invalid"),
    "header injection in the address": (of(contact={"email": f"{EMAIL}\nBcc: x@example.org"}), "/contact/email", "invalid"),
    "e-mail": (of(contact={"email": CANARY}), "/contact/email", "invalid"),
    "e-mail too long": (of(contact={"email": "c" * 250 + EMAIL}), "/contact/email", "too-long"),
    "name too long": (of(contact={"name": CANARY * 40}), "/contact/name", "too-long"),
    "address too long": (of(contact={"address": f"{CANARY}\n" * 12 + "x"}), "/contact/address", "too-long"),
    "phone": (of(contact={"phone": CANARY}), "/contact/phone", "invalid"),
    "national phone without country": (of(contact={"phone": "030 1234567"}), "/contact/phone", "invalid"),
    "country": (of(country="ZZ"), "/country", "invalid"),
    "language": (of(language=f"{CANARY}!"), "/language", "invalid"),
    "no such day": (of(details={"purchased_on": "2026-02-30"}), "/details/purchased_on", "invalid"),
    "day in another spelling": (of(details={"purchased_on": "20261120"}), "/details/purchased_on", "invalid"),
    "receipt": (of(receipt=CANARY), "/receipt", "invalid"),
    "notice shape": (of(notice=CANARY), "/notice", "type"),
}  # fmt: skip


@pytest.fixture
def refused(life, client):
    """Posts a body, and holds that nothing was stored and nothing comes back."""

    def post(content: bytes, content_type: str = JSON, **options: object):
        answer = client.post(REGISTRATIONS, content, content_type=content_type, **options)
        shown = (answer.content.decode() + str(dict(answer.headers))).lower()
        assert "canary7q" not in shown
        assert "abcde" not in shown
        assert not Letter.objects.exists()
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
        assert set(answer.json()) <= {"type", "title", "status", "detail", "errors"}
        return answer

    return post


def slug(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def test_the_good_body_is_taken(life, client):
    assert client.post(REGISTRATIONS, GOOD, content_type=JSON).status_code == 202
    assert Letter.objects.count() == 1


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_json_is_malformed(refused, name):
    assert slug(refused(BROKEN[name])) == (400, "malformed")


@pytest.mark.parametrize("name", FIELDS)
def test_a_wrong_field_is_named_by_its_place(refused, name):
    content, pointer, code = FIELDS[name]
    answer = refused(content)

    assert slug(answer) == (422, "invalid-fields")
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("length", [16 * 1024 + 1, 70_000, 3_000_000])
def test_a_huge_body_is_refused(refused, length):
    assert slug(refused(GOOD + b" " * (length - len(GOOD)))) == (413, "too-large")


def test_a_body_of_sixteen_kibibytes_is_taken(life, client):
    assert client.post(REGISTRATIONS, GOOD + b" " * (16 * 1024 - len(GOOD)), content_type=JSON).status_code == 202


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/form-data", ""]
)
def test_another_content_type_is_refused(refused, kind):
    assert slug(refused(GOOD, kind)) == (415, "wrong-content-type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_json_however_it_is_spelled(life, client, kind):
    assert client.post(REGISTRATIONS, GOOD, content_type=kind).status_code == 202


def test_what_does_not_fit_the_catalogue_is_refused(refused):
    assert slug(refused(of(product="canary7q"))) == (422, "unknown-product")
    assert slug(refused(of(product="srv-std\n"))) == (422, "unknown-product")
    assert slug(refused(of(manufacturer="canary7q"))) == (422, "unknown-manufacturer")
    assert slug(refused(of(notice="0" * 64))) == (422, "unknown-wording")


@pytest.mark.parametrize(
    ("topic", "sender", "manufacturer"),
    [("offers", "vendor", None), ("updates", "acme", "acme"), ("updates", "acme", None), ("updates", "globex", "acme")],
)
def test_a_wording_of_something_else_is_refused(refused, topic, sender, manufacturer):
    choice = {"topic": topic, "sender": sender, "granted": True, "wording": wording()}
    more = {"manufacturer": manufacturer} if manufacturer else {}

    assert slug(refused(of(choices=[choice], **more))) == (422, "unknown-wording")


@pytest.mark.parametrize("manufacturer", ["acme", None])
@pytest.mark.parametrize("granted", [True, False])
def test_a_choice_of_another_sender_is_refused_even_with_its_own_wording(refused, manufacturer, granted):
    choice = {"topic": "updates", "sender": "globex", "granted": granted, "wording": wording("updates", "globex")}
    more = {"manufacturer": manufacturer} if manufacturer else {}

    assert slug(refused(of(choices=[choice], **more))) == (422, "unknown-wording")


@pytest.mark.parametrize(("days", "good"), [(0, True), (90, True), (91, False)])
def test_a_retired_wording_is_good_for_ninety_days(life, days, good):
    sent = body("updates/vendor", contact={"email": EMAIL})
    Wording.objects.filter(digest=wording()).update(retired_on=life.at.date())
    snapshot.forget()
    life.at += timedelta(days=days)

    with nullcontext() if good else pytest.raises(snapshot.UnknownWording):
        life.post(sent)
    assert Letter.objects.count() == good


def test_a_granted_choice_needs_an_address(refused):
    sent = json.dumps(body("updates/vendor", contact={"name": CANARY})).encode()

    assert slug(refused(sent)) == (422, "email-required")


@pytest.mark.parametrize("key", [KEY, KEY.lower(), KEY.replace("-", ""), KEY.replace("-", " "), f" {KEY} ", f"key {KEY}, 1"])
@pytest.mark.parametrize("place", ["serial", "purchased_from", "name", "company", "address"])
def test_a_product_key_has_no_place_here(refused, key, place):
    part = {place: key}
    sent = of(contact=part) if place in {"name", "company", "address"} else of(details=part)

    assert slug(refused(sent)) == (422, "product-key-not-here")


@pytest.mark.parametrize("key", ["x", "0" * 21, "0" * 129, "Canary7Q Canary7Q Canary7Q", "0123456789abcdefABCDE!", ""])
def test_a_weak_idempotency_key_is_refused(refused, key):
    assert slug(refused(GOOD, headers={"Idempotency-Key": key})) == (400, "idempotency-key-invalid")


@pytest.mark.parametrize(
    ("trust", "peer", "scheme", "status"),
    [
        ("loopback", "127.0.0.1", "http", 202),
        ("loopback", "192.0.2.1", "http", 403),
        ("off", "127.0.0.1", "http", 403),
        ("off", "192.0.2.1", "https", 202),
    ],
)
def test_readable_data_comes_over_https_only(life, client: Client, settings, trust, peer, scheme, status):
    settings.TRUST_CLEARTEXT = trust
    answer = client.post(REGISTRATIONS, GOOD, content_type=JSON, REMOTE_ADDR=peer, secure=scheme == "https")

    assert answer.status_code == status
    assert Letter.objects.count() == (status == 202)
    assert "Location" not in answer.headers or status == 202


def test_who_comes_too_often_waits(life, client, settings, monkeypatch):
    settings.POSTS_PER_MINUTE = 2
    monkeypatch.setattr(admission, "LIMIT", RateLimit(60))
    monkeypatch.setattr("web.admission.time.monotonic", lambda: 6000.0)
    answers = [client.post(REGISTRATIONS, GOOD, content_type=JSON) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert slug(answers[2]) == (429, "too-often")
    assert answers[2]["Retry-After"] == "60"
    assert Letter.objects.count() == 2


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(life, client, method):
    answer = getattr(client, method)(REGISTRATIONS)

    assert answer.status_code == 405
    assert slug(answer) == (405, "method-not-allowed")
