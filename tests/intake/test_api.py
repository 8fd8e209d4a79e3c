"""The public API answers in the shapes of the contract."""

import json
import re

import pytest
from django.db import connections
from django.test import Client

from catalogue import countries
from catalogue.models import Notice
from intake.models import Letter
from privacy import receipts, statements
from tests.scenario import body, wording

REGISTRATIONS = "/api/v1/registrations"
MY = "/api/v1/my/registration"
WHOLE = {
    "country": "DE",
    "language": "de",
    "contact": {
        "email": "ada@example.org",
        "name": "Ada Example",
        "company": "Example GmbH",
        "phone": "+49 30 1234567",
        "address": "Weg 1\n10115 Berlin",
    },
    "details": {"purchased_on": "2026-11-20", "purchased_from": "Shop", "serial": "SN-1042"},
}


def post(client: Client, content: object, **headers: str):
    return client.post(REGISTRATIONS, json.dumps(content), content_type="application/json", headers=headers)


def whole() -> dict[str, object]:
    made = body("updates/vendor", manufacturer="acme", notice=Notice.objects.get(language="de").digest, **WHOLE)
    made["choices"].append({"topic": "offers", "sender": "acme", "granted": False, "wording": wording("offers", "acme")})
    return made


def test_the_notice_says_what_is_asked_and_ticks_nothing(life, client):
    answer = client.get("/api/v1/notice", {"product": "srv-std", "manufacturer": "acme", "language": "de"})
    shown = answer.json()

    assert answer.status_code == 200
    assert set(shown) == {
        "optional", "language", "notice", "digest", "privacy_statement", "fields", "choices", "countries", "languages",
    }  # fmt: skip
    assert (shown["optional"], shown["language"], shown["languages"]) == (True, "de", ["de", "en"])
    assert re.fullmatch("[0-9a-f]{64}", shown["digest"])
    assert shown["privacy_statement"].endswith("/privacy")
    assert {"contact.email", "country"} <= set(shown["fields"])
    assert [(each["topic"], each["sender"]) for each in shown["choices"]] == [
        ("updates", "vendor"), ("offers", "vendor"), ("updates", "acme"), ("offers", "acme"),
    ]  # fmt: skip
    assert all(set(each) == {"topic", "sender", "sender_name", "text", "wording"} for each in shown["choices"])
    assert {"code": "DE", "name": "Deutschland"} in shown["countries"]
    assert len(shown["countries"]) == len(countries.names("de"))


@pytest.mark.parametrize(
    ("asked", "accept", "spoken"),
    [("de", "en", "de"), (None, "de-AT,en;q=0.5", "de"), ("xx", None, "en"), (None, "fr", "en"), ("DE-de", None, "de")],
)
def test_the_notice_comes_in_the_callers_language(life, client, asked, accept, spoken):
    headers = {"Accept-Language": accept} if accept else {}
    answer = client.get("/api/v1/notice", {"product": "srv-std", **({"language": asked} if asked else {})}, headers=headers)

    assert answer.json()["language"] == spoken
    assert answer["Content-Language"] == spoken


def test_everything_sent_is_taken_with_one_query(life, client, django_assert_num_queries):
    sent = whole()
    client.get("/api/v1/notice", {"product": "srv-std"})  # the catalogue is in memory now

    with django_assert_num_queries(1), django_assert_num_queries(0, connection=connections["keystore"]):
        answer = post(client, sent)

    given = answer.json()
    assert answer.status_code == 202
    assert set(given) == {"receipt", "number", "digest", "submission", "status", "confirmation", "log"}
    receipt = receipts.parse(given["receipt"])
    assert given == {
        "receipt": receipt.text,
        "number": receipt.number,
        "digest": receipt.digest.hex(),
        "submission": f"/api/v1/submissions/{receipt.digest.hex()}",
        "status": "waiting",
        "confirmation": "mail-after-filing",
        "log": {"country": "DE", "send_information": True},
    }
    assert answer["Location"] == given["submission"]
    assert answer["Retry-After"] == "1"
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_the_product_alone_is_enough(life, client):
    given = post(client, {"product": "srv-std"}).json()

    assert given["confirmation"] == "none"
    assert given["log"] == {"country": None, "send_information": False}


def test_nothing_granted_is_nothing_sent(life, client):
    made = body("updates/vendor", country="DE")
    made["choices"][0]["granted"] = False

    assert post(client, made).json()["log"] == {"country": "DE", "send_information": False}


def test_a_country_without_mailbox_confirmation_gets_no_such_mail(life, client, settings):
    settings.CONFIRM_WITHOUT = frozenset({"US"})
    contact = {"email": "ada@example.org"}

    assert post(client, body("updates/vendor", contact=contact, country="US")).json()["confirmation"] == "none"
    assert post(client, body("updates/vendor", contact=contact, country="DE")).json()["confirmation"] == "mail-after-filing"


def test_a_submission_is_signed_and_polled_with_one_query(life, client, django_assert_num_queries):
    given = post(client, whole()).json()

    with django_assert_num_queries(1), django_assert_num_queries(0, connection=connections["keystore"]):
        waiting = client.get(given["submission"])
    life.sweep()
    accepted = client.get(given["submission"]).json()

    assert waiting["Cache-Control"] == "no-store"
    assert set(waiting.json()) == {"digest", "status", "reason", "signature"}
    assert (waiting.json()["status"], accepted["status"]) == ("waiting", "accepted")
    signed = statements.verify(accepted["signature"], public=statements.public_key("acknowledge"))
    assert signed == {"digest": given["digest"], "status": "accepted", "reason": None}


def test_a_letter_set_aside_is_still_waiting(life, client):
    given = post(client, {"product": "srv-std"}).json()
    Letter.objects.update(status=Letter.Status.ASIDE)

    assert client.get(given["submission"]).json()["status"] == "waiting"


@pytest.mark.parametrize("digest", ["00" * 32, "00" * 31, "00" * 33, "zz" * 32, "x", "%00"])
def test_an_unknown_submission_is_not_found(life, client, digest):
    answer = client.get(f"/api/v1/submissions/{digest}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"


def test_the_person_sees_what_was_sent(life, client):
    given = post(client, whole()).json()
    life.sweep()
    answer = client.get(MY, headers={"Authorization": f"Bearer {given['receipt']}"})
    own = answer.json()

    assert answer["Cache-Control"] == "no-store"
    assert set(own) == {
        "number", "product", "manufacturer", "month", "country", "language", "pending_changes", "contact", "details",
        "choices", "held", "looks", "exports",
    }  # fmt: skip
    assert own["contact"] == WHOLE["contact"] | {"phone": "+49301234567"}
    assert own["details"] == WHOLE["details"]
    assert (own["product"], own["manufacturer"], own["country"], own["language"]) == ("srv-std", "acme", "DE", "de")
    assert (own["number"], own["month"]) == (given["number"], f"{life.at:%Y-%m}")
    assert all(
        set(each) == {"topic", "sender", "state", "text", "wording", "decided_on", "confirmed_on"} for each in own["choices"]
    )
    assert {each["sender"]: each["state"] for each in own["choices"]} == {"vendor": "unconfirmed", "acme": "none"}
    assert {"pointer", "purposes", "legal_basis", "kept_until"} == set(own["held"][0])
    assert client.get(f"{MY}/export", headers={"Authorization": f"Bearer {given['receipt']}"}).json() == own


def test_changing_and_erasing_are_submissions_too(life, client):
    given = post(client, whole()).json()
    life.sweep()
    bearer = {"Authorization": f"Bearer {given['receipt']}"}

    changed = client.patch(MY, '{"contact": {"name": null}}', content_type="application/merge-patch+json", headers=bearer)
    assert changed.status_code == 202
    assert set(changed.json()) == {"digest", "submission"}
    assert client.get(MY, headers=bearer).json()["pending_changes"] == 1
    life.sweep()
    assert "name" not in client.get(MY, headers=bearer).json()["contact"]

    erased = client.delete(MY, headers=bearer)
    assert erased.status_code == 202
    assert client.get(MY, headers=bearer).status_code == 404
    life.sweep()
    status = client.get(erased.json()["submission"]).json()
    assert status["status"] == "accepted"
    assert statements.verify(status["certificate"], public=statements.public_key("statements"))


@pytest.mark.parametrize("bearer", ["Bearer x", f"Bearer {'A' * 43}", "Bearer", "bearer x", "Bearer ä"])
def test_what_opens_nothing_is_not_found_always_alike(life, client, bearer):
    answer = client.get(MY, headers={"Authorization": bearer})

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    assert answer.content == client.get(MY, headers={"Authorization": f"Bearer {'B' * 42}A"}).content


@pytest.mark.parametrize("headers", [{}, {"Authorization": f"Basic {'A' * 43}"}, {"Authorization": "A" * 43}])
@pytest.mark.parametrize("method", ["get", "delete"])
def test_who_sends_no_receipt_is_told_how(life, client, headers, method):
    answer = getattr(client, method)(MY, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_a_lost_receipt_is_answered_alike(life, client, email):
    post(client, whole())
    life.sweep()

    answer = client.post("/api/v1/my/receipt", json.dumps({"email": email}), content_type="application/json")

    assert (answer.status_code, answer.json()) == (202, {})
