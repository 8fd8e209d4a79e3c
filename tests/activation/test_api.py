"""The API of the activation answers in the shapes of the contract, in the caller's language, and repeats nothing."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from msgspec import UNSET

from activation import admission, binding, ceremony, certificates, key_self_service, keychain, trust
from activation.certificates import Installed
from activation.models import ProductKey
from activation.rules import State
from privacy import keyring
from tests.activation.conftest import ACTIVATIONS, asked, computer, post

pytestmark = pytest.mark.urls("regsvc.urls.activation")


def test_a_computer_is_activated_and_its_certificate_holds(counter, client):
    key = counter.key()
    body = asked(key, os="linux 6.12", client="regwiz/1.0", language="de", sent_at="2020-01-01T00:00:00Z")
    answer = post(client, body)
    told = answer.json()
    signer = keychain.signer()
    entry = trust.CertificateKey(signer.kid, trust.public(signer.private), 0)
    installed = Installed(computer(1), key.locator, "srv-std", counter.today)

    assert answer.status_code == 200
    assert {name: told[name] for name in ("outcome", "slots", "clock")} == {
        "outcome": "new", "slots": {"used": 1, "of": 1}, "clock": "off",
    }  # fmt: skip
    claims = certificates.read(told["certificate"], key_of=trust.Keyset(1, (entry,)).key_of, installed=installed)
    assert (claims.pid, claims.via, claims.exp) == ("srv-std/retail/42", "net", UNSET)
    assert post(client, asked(key)).json()["outcome"] == "same"


def test_a_key_in_use_names_the_day_and_the_help_in_german(counter, client):
    key = counter.key()
    post(client, asked(key))
    answer = post(client, asked(key, 2, language="de"))
    told = answer.json()

    assert (answer.status_code, answer["Content-Type"], answer["Content-Language"]) == (409, "application/problem+json", "de")
    assert (told["type"], told["title"]) == ("/problems/in-use", "Schlüssel in Gebrauch")
    assert len(told["transfer_from"]) == 10
    assert told["help"] == {"phone": settings.PHONE_NUMBERS, "page": f"{settings.ACTIVATION_URL}/problems/in-use"}


def test_volume_needs_no_activation(counter, client):
    told = post(client, asked(counter.key("volume"))).json()

    assert (told["outcome"], told["certificate"]) == ("not-required", None)


def test_blocked_unknown_and_foreign_keys(counter, client):
    key, other = counter.key(), counter.key("manufacturer")
    ProductKey.objects.filter(locator=key.locator).update(state=State.BLOCKED)

    assert (post(client, asked(key)).status_code, post(client, asked(key)).json()["type"]) == (403, "/problems/key-blocked")
    assert post(client, asked(other, product="desk-pro")).json()["type"] == "/problems/wrong-product"
    ProductKey.objects.filter(locator=other.locator).delete()
    assert post(client, asked(other)).status_code == 404


@pytest.mark.parametrize("typed", ["AB", "U", "é"])
def test_a_mistyped_key_is_told_where(counter, client, typed):
    text = counter.key().text
    wrong = text[:7] + next(symbol for symbol in typed if symbol != text[7]) + text[8:]
    answer = post(client, asked(wrong))

    assert (answer.status_code, answer.json()["group"], answer.json()["symbol"]) == (422, 2, 2)
    assert wrong not in answer.content.decode()


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("get", ACTIVATIONS, "POST"),
        ("delete", "/api/v1/slots", "POST"),
        ("post", "/.well-known/regsvc/keyset", "GET, HEAD"),
        ("put", "/api/v1/schema", "GET, HEAD"),
        ("post", "/ping", "GET, HEAD"),
        ("post", "/readyz", "GET, HEAD"),
        ("patch", "/activate", "GET, HEAD, POST"),
    ],
)
def test_another_method_is_a_problem_that_names_the_right_ones(client, method, address, allowed):
    answer = getattr(client, method)(address)

    assert (answer.status_code, answer["Allow"]) == (405, allowed)
    assert (answer["Content-Type"], answer.json()["type"]) == ("application/problem+json", "/problems/method-not-allowed")


@pytest.mark.parametrize("address", ["/api/v1/canary7q", "/.well-known/regsvc/canary7q", "/canary7q"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_address_is_a_problem(client, address, method):
    answer = getattr(client, method)(address, headers={"Accept-Language": "de"})

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert (answer.json()["title"], answer["Content-Language"]) == ("Nicht gefunden", "de")
    assert b"canary7q" not in answer.content


@pytest.mark.urls("regsvc.urls.all")
def test_a_process_that_serves_everything_serves_this_too(counter, client):
    assert post(client, asked(counter.key())).json()["outcome"] == "new"
    assert client.get("/activate").status_code == 200


def test_our_own_mistake_says_nothing(counter, client, monkeypatch):
    def broken(**_: object) -> None:
        raise ValueError("canary7q")

    monkeypatch.setattr(binding, "activate", broken)
    client.raise_request_exception = False
    answer = post(client, asked(counter.key()))

    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert b"canary7q" not in answer.content


@pytest.mark.parametrize("kind", ["application/json", "application/vnd.regsvc.actreq+json"])
def test_a_file_becomes_a_certificate_to_take_along(counter, client, kind):
    answer = client.post(ACTIVATIONS + "/file", json.dumps(asked(counter.key())), content_type=kind)

    assert answer["Content-Disposition"] == f'attachment; filename="srv-std-{timezone.now().date().isoformat()}.actcert"'
    assert answer["Content-Type"] == "application/vnd.regsvc.actcert+json"
    assert answer.json()["certificate"].count(".") == 2


def test_the_holder_sees_slots_and_frees_one_and_not_too_often(counter, client):
    key = counter.key()
    post(client, asked(key))
    held = {"product_key": key.text}

    assert [slot["slot"] for slot in post(client, held, "/api/v1/slots").json()["slots"]] == [1]
    assert post(client, held, "/api/v1/releases").json() == {"slots": [{"slot": 1, "bound_on": None}]}
    assert post(client, held | {"slot": 1}, "/api/v1/releases").status_code == 409
    assert [post(client, held, "/api/v1/slots").status_code for _ in range(3)] == [200, 200, 429]


def test_who_may_free_no_more_is_told_why_when_it_moves_and_whom_to_call(counter, client):
    counter.today = timezone.now().date()
    key = counter.key()
    counter.ask(key)
    held = {"product_key": key.text}
    for state, slug in ((State.SUSPECT, "phone-only"), (State.BLOCKED, "key-blocked"), (State.REPLACED, "key-replaced")):
        ProductKey.objects.update(state=state)
        told = post(client, held, "/api/v1/releases")
        assert (told.status_code, told.json()["type"]) == (403, f"/problems/{slug}")
        assert told.json()["help"]["phone"] == list(settings.PHONE_NUMBERS)
        assert "transfer_from" not in told.json()
    ProductKey.objects.update(state=State.LIVE)
    for number in (2, 3):
        key_self_service.release(key=key, slot=1, today=counter.today)
        counter.ask(key, number)
    told = post(client, held, "/api/v1/releases")
    assert (told.status_code, told.json()["type"]) == (409, "/problems/releases-used-up")
    assert told.json()["transfer_from"] == (counter.today + timedelta(days=120)).isoformat()
    assert told.json()["help"]["page"].endswith("/problems/releases-used-up")


def test_a_network_that_asks_too_often_waits(counter, client, settings):
    settings.POSTS_PER_MINUTE = 1
    answers = [post(client, "{") for _ in range(admission.NETWORK_CALLS + 1)]

    assert [answer.status_code for answer in answers] == [400] * admission.NETWORK_CALLS + [429]
    assert answers[-1]["Retry-After"] == "600"


def test_the_keyset_can_be_climbed_from_the_root(client, tmp_path, monkeypatch):
    provider, offline = keyring.FileProvider(tmp_path / "ring"), keyring.FileProvider(tmp_path / "offline")
    provider.create("certificate", "1", b"c" * 32)
    ceremony.begin(ring=provider, offline=offline, today=certificates.EPOCH)
    ring = keyring.Ring(provider, ("root", "keyset"))
    monkeypatch.setattr(keyring, "ring", lambda: ring)
    told = client.get("/.well-known/regsvc/keyset").content

    assert [key.kid for key in trust.published(told, trusted=trust.pinned(provider.load("root", "1"))).keys] == ["certificate@1"]
