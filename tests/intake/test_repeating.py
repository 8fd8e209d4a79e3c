"""A registration that is sent again: the same answer, and one letter."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from intake.models import Letter
from privacy import receipts

REGISTRATIONS = "/api/v1/registrations"
KEY = "5f0c5a7e-8a44-4f2d-9c0b-0123456789ab"
BODY = {"product": "srv-std", "country": "DE", "contact": {"name": "Ada Example", "email": "ada@example.org"}}
THREADS = 16


def post(client: Client, content: object, key: str | None = KEY):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(REGISTRATIONS, raw, content_type="application/json", headers=headers)


def slug(answer) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def test_the_same_request_has_the_same_answer(life, client):
    first, second = post(client, BODY), post(client, BODY)

    assert first.status_code == second.status_code == 202
    assert first.content == second.content
    assert Letter.objects.count() == 1


def test_the_same_request_has_the_same_answer_after_filing(life, client):
    first = post(client, BODY)
    life.sweep()

    assert post(client, BODY).content == first.content
    assert life.sweep() == 0


@pytest.mark.parametrize(
    "again",
    [
        b'{"contact": {"email": "ada@example.org", "name": "Ada Example"}, "country": "DE", "product": "srv-std"}',
        b'{"product":"srv-std","country":"DE","contact":{"name":"\\u0041da Example","email":"ada@example.org"}}',
        b'  {"product" :\n"srv-std", "country":"DE","contact":{"name":"Ada Example","email":"ada@example.org"}}\n',
    ],
)
def test_order_spaces_and_escapes_make_no_other_body(life, client, again):
    assert post(client, BODY).content == post(client, again).content
    assert Letter.objects.count() == 1


@pytest.mark.parametrize("change", [{"country": "US"}, {"details": {"serial": "SN-1"}}, {"receipt": receipts.fresh().text}])
def test_another_body_under_the_same_key_is_a_mismatch(life, client, change):
    post(client, BODY)
    answer = post(client, BODY | change)

    assert (answer.status_code, slug(answer)) == (422, "idempotency-mismatch")
    assert Letter.objects.count() == 1


def test_another_key_or_none_is_another_registration(life, client):
    answers = [post(client, BODY, key) for key in (KEY, KEY.replace("5", "6"), None, None)]

    assert len({answer.json()["receipt"] for answer in answers}) == 4
    assert Letter.objects.count() == 4


def test_the_clients_own_receipt_comes_back(life, client):
    receipt = receipts.fresh()
    answers = [post(client, BODY | {"receipt": receipt.text}, key) for key in (None, None, KEY, KEY)]

    assert {answer.json()["receipt"] for answer in answers} == {receipt.text}
    assert Letter.objects.count() == 1


def test_a_receipt_serves_one_registration(life, client):
    receipt = receipts.fresh().text
    post(client, BODY | {"receipt": receipt}, None)
    answer = post(client, {"product": "srv-ent", "receipt": receipt}, None)

    assert (answer.status_code, slug(answer)) == (422, "receipt-used")
    assert Letter.objects.count() == 1


def test_the_row_shows_neither_key_nor_body(life, client):
    post(client, BODY)
    letter = Letter.objects.get()
    again = receipts.fingerprint("key", KEY.encode())

    assert bytes(letter.idempotency or b"") == again
    assert KEY.encode() not in b"".join(bytes(part or b"") for part in (letter.idempotency, letter.body, letter.sealed))


def at_once(content: list[object], keys: list[str | None]) -> list[tuple[int, bytes]]:
    """The answers to requests that are sent in the same moment."""
    barrier = Barrier(len(content))

    def send(sent: tuple[object, str | None]) -> tuple[int, bytes]:
        try:
            barrier.wait(20)
            answer = post(Client(), *sent)
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(len(content)) as pool:
        return list(pool.map(send, zip(content, keys, strict=True)))


@pytest.mark.real_transactions
def test_many_at_once_are_one_letter(life):
    answers = at_once([BODY] * THREADS, [KEY] * THREADS)

    assert {status for status, _ in answers} == {202}
    assert len({content for _, content in answers}) == 1
    assert Letter.objects.count() == 1
    assert life.sweep() == 1


@pytest.mark.real_transactions
def test_of_many_bodies_under_one_key_one_is_taken(life):
    answers = at_once([BODY | {"details": {"serial": f"SN-{number}"}} for number in range(THREADS)], [KEY] * THREADS)

    assert sorted(status for status, _ in answers) == [202] + [422] * (THREADS - 1)
    assert Letter.objects.count() == 1


def later(monkeypatch, hours: float) -> None:
    """Let so many hours pass for what the receipt derives from."""
    now = receipts.window
    monkeypatch.setattr(receipts, "window", lambda at: now(at + timedelta(hours=hours)))


@pytest.mark.parametrize("filed", [False, True])
def test_who_learns_key_and_body_a_day_later_does_not_get_the_receipt(life, client, monkeypatch, filed):
    first = post(client, BODY)
    if filed:
        life.sweep()
    later(monkeypatch, 24)
    answer = post(client, BODY)

    assert (answer.status_code, slug(answer)) == (422, "idempotency-expired")
    assert first.json()["receipt"].encode() not in answer.content
    assert Letter.objects.count() == 1


def test_the_same_request_has_the_same_answer_for_eighteen_hours(life, client, monkeypatch):
    first = post(client, BODY)
    later(monkeypatch, 18)

    assert post(client, BODY).content == first.content
    assert Letter.objects.count() == 1


def test_another_body_is_a_mismatch_a_day_later_too(life, client, monkeypatch):
    post(client, BODY)
    later(monkeypatch, 24)

    assert slug(post(client, BODY | {"country": "US"})) == "idempotency-mismatch"


def test_a_clients_own_receipt_comes_back_a_day_later_too(life, client, monkeypatch):
    own = BODY | {"receipt": receipts.fresh().text}
    first = post(client, own)
    later(monkeypatch, 48)

    assert post(client, own).content == first.content


@pytest.mark.parametrize("key", ["a" * 22, "00000000-0000-0000-0000-000000000000", "ab" * 20, "01234-01234-01234-01234"])
def test_a_key_that_was_made_without_chance_is_refused(life, client, key):
    assert slug(post(client, BODY, key)) == "idempotency-key-invalid"


def test_a_key_in_quotation_marks_is_the_same_key(life, client):
    assert post(client, BODY, f'"{KEY}"').content == post(client, BODY).content
    assert slug(post(client, BODY, f'"{KEY}')) == "idempotency-key-invalid"
