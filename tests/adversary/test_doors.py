"""What the doors of the public side let out, and for how long they repeat it."""

import json
import uuid
from datetime import timedelta

import pytest

from tests.adversary import inside
from tests.adversary.inside import Clock

PROXY = {"REMOTE_ADDR": "10.0.0.9"}
MINE = "/api/v1/my/registration"


# M2 -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [MINE, f"{MINE}/export"])
@pytest.mark.parametrize(
    ("plain", "proxies"), [({}, ()), (PROXY | {"HTTP_X_FORWARDED_PROTO": "http"}, ("10.0.0.9",)), (PROXY, ("10.0.0.9",))]
)
def test_no_readable_record_is_answered_over_plain_http(life, settings, path, plain, proxies):
    receipt = life.register(contact={"name": "Ada Example"})
    life.sweep()
    settings.TRUST_CLEARTEXT, settings.PROXIES = "off", frozenset(proxies)
    bearer = {"Authorization": f"Bearer {receipt.text}"}

    status, answer = inside.web(**plain).json("GET", path, **bearer)

    assert (status, answer["type"]) == (403, "/problems/https-required")
    assert "Ada" not in json.dumps(answer)
    assert inside.web(secure=True).json("GET", path, **bearer)[0] == 200


# M5 -------------------------------------------------------------------------------------------------------------------
def test_a_request_is_repeated_for_less_than_a_day(life, monkeypatch):
    clock, key = Clock().set(monkeypatch), str(uuid.uuid4())
    web, body = inside.web(), {"product": "srv-std", "contact": {"name": "Ada Example"}}

    def posted():
        status, answer = web.json("POST", "/api/v1/registrations", body, Idempotency_Key=key)
        return status, answer.get("receipt")

    first = posted()
    clock.ahead = timedelta(hours=17)  # it is repeated for 18 to 24 hours
    assert posted() == first
    life.sweep()
    assert posted() == first
    clock.ahead = timedelta(hours=25)

    _, receipt = posted()

    assert first[0] == 202
    assert receipt != first[1]
