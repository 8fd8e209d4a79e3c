"""The API of the activation answers in the shapes of the contract, in the caller's language, and repeats nothing."""

import json

import pytest
from django.conf import settings

from activation import api, ceremony, certificates, keychain, pace, trust
from activation.certificates import Installed
from activation.models import ProductKey
from activation.pace import Pace
from activation.rules import State
from privacy import keyring
from tests.activation.conftest import computer

pytestmark = pytest.mark.urls("activation.urls")
ACTIVATIONS = "/api/v1/activations"


@pytest.fixture(autouse=True)
def _own_pace(monkeypatch):
    monkeypatch.setattr(pace, "NETWORKS", Pace())
    monkeypatch.setattr(pace, "KEYS", Pace())


def asked(key, number=1, **more) -> dict[str, object]:
    text = key if isinstance(key, str) else key.text
    return {"product_key": text, "product": "srv-std", "hardware_version": 1, "hardware": computer(number).text} | more


def post(client, body, address=ACTIVATIONS, **headers):
    content = body if isinstance(body, str) else json.dumps(body)
    return client.post(address, content, content_type="application/json", headers=headers)


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
    assert (claims.pid, claims.via, claims.exp) == ("srv-std/retail/42", "net", None)
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


def test_a_mistyped_key_is_told_where(counter, client):
    text = counter.key().text
    wrong = text[:7] + ("A" if text[7] != "A" else "B") + text[8:]
    answer = post(client, asked(wrong))

    assert (answer.status_code, answer.json()["group"], answer.json()["symbol"]) == (422, 2, 2)
    assert wrong not in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ("{", 400, "malformed"),
        ("[]", 422, "invalid-fields"),
        ('{"product": "a1", "product": "a1"}', 422, "invalid-fields"),
        (asked("x", hardware="0000000000"), 422, "mistyped-key"),
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


def test_a_form_is_refused(counter, client):
    assert client.post(ACTIVATIONS, {"product_key": "x"}).status_code == 415
    assert client.get(ACTIVATIONS).status_code == 405


def test_a_file_becomes_a_certificate_to_take_along(counter, client):
    answer = post(client, asked(counter.key()), ACTIVATIONS + "/file")

    assert answer["Content-Disposition"] == 'attachment; filename="activation.actcert"'
    assert answer.json()["certificate"].count(".") == 2


def test_the_holder_sees_slots_and_frees_one_and_not_too_often(counter, client):
    key = counter.key()
    post(client, asked(key))
    held = {"product_key": key.text}

    assert [slot["slot"] for slot in post(client, held, "/api/v1/slots").json()["slots"]] == [1]
    assert post(client, held, "/api/v1/releases").json() == {"slots": [{"slot": 1, "bound_on": None}]}
    assert post(client, held | {"slot": 1}, "/api/v1/releases").status_code == 409
    assert [post(client, held, "/api/v1/slots").status_code for _ in range(3)] == [200, 429, 429]


def test_a_network_that_asks_too_often_waits(counter, client, settings):
    settings.POSTS_PER_MINUTE = 1
    answers = [post(client, "{") for _ in range(api.NETWORK_CALLS + 1)]

    assert [answer.status_code for answer in answers] == [400] * api.NETWORK_CALLS + [429]
    assert answers[-1]["Retry-After"] == "600"


def test_the_keyset_can_be_climbed_from_the_root(client, tmp_path, monkeypatch):
    provider, offline = keyring.FileProvider(tmp_path / "ring"), keyring.FileProvider(tmp_path / "offline")
    provider.create("certificate", "1", b"c" * 32)
    ceremony.begin(ring=provider, offline=offline, today=certificates.EPOCH)
    ring = keyring.Ring(provider, ("root", "keyset"))
    monkeypatch.setattr(keyring, "ring", lambda: ring)
    told = client.get("/.well-known/regsvc/keyset").content

    assert [key.kid for key in trust.published(told, trusted=trust.pinned(provider.load("root", "1"))).keys] == ["certificate@1"]
