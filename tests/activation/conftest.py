"""The activation's store with keys of every channel, made by the services."""

import json
from datetime import date

import pytest
from django.utils import timezone

from accounts import staff
from activation import admission, agreements, binding, issuing
from activation.hardware import PLAIN, Hardware
from activation.models import Agreement, Batch
from web.rate_limit import RateLimit

TODAY = date(2026, 11, 24)
ACTIVATIONS = "/api/v1/activations"
BATCHES = {
    "retail": Batch(number=42, product="srv-std", channel="retail", slots=1, policy="retail-1"),
    "fixed": Batch(number=43, product="srv-std", channel="retail", slots=1, policy="retail-fixed-1"),
    "multi": Batch(number=44, product="srv-std", channel="multi", slots=3, policy="multi-1"),
    "manufacturer": Batch(number=45, product="srv-std", channel="manufacturer", slots=1, policy="manufacturer-1"),
    "volume": Batch(number=46, product="srv-std", channel="volume", slots=0, policy="volume-1"),
}


def computer(number: int) -> Hardware:
    """A computer that has nothing in common with those of other numbers, up to 60."""
    return Hardware(PLAIN, (number + 1,) * 4 + (0,) * 4)


def asked(key, number=1, **more) -> dict[str, object]:
    """What a client sends to activate a computer."""
    text = key if isinstance(key, str) else key.text
    return {"product_key": text, "product": "srv-std", "hardware_version": 1, "hardware": computer(number).text} | more


def post(client, body, address=ACTIVATIONS, **headers):
    """Send a body to the API, as JSON."""
    content = body if isinstance(body, str) else json.dumps(body)
    return client.post(address, content, content_type="application/json", headers=headers)


class Counter:
    """Issues keys and asks for activations, as a shop and its customers do."""

    today = TODAY

    def key(self, kind="retail"):
        return self.keys(1, kind)[0]

    def keys(self, count, kind="retail"):
        wanted = BATCHES[kind]
        if kind == "volume":
            wanted.agreement = Agreement.objects.first() or agreements.sign(programme="open", seats=5, begins=TODAY)
        batch = issuing.open_batch(wanted, today=TODAY)
        return [key for keys in issuing.issue(batch=batch, count=count) for key in keys]

    def ask(self, key, number=1, **more):
        hardware = more.pop("hardware", None) or computer(number)
        today = more.pop("today", self.today)
        request = binding.Request(key=key, product=more.pop("product", "srv-std"), hardware=hardware, **more)
        return binding.activate(request=request, today=today)

    def outcome(self, key, number=1, **more):
        return str(self.ask(key, number, **more).decision.outcome)


@pytest.fixture(autouse=True)
def _own_limits(monkeypatch):
    monkeypatch.setattr(admission, "NETWORK_LIMIT", RateLimit(admission.WINDOW))
    monkeypatch.setattr(admission, "KEY_LIMIT", RateLimit(admission.WINDOW))


@pytest.fixture
def counter(request):
    real = request.node.get_closest_marker("real_transactions")
    request.getfixturevalue("transactional_db" if real else "db")
    return Counter()


@pytest.fixture
def signed_in(client, counter, settings):
    """Signs an account with a role in at the operator's site. Keys are asked for on the day that the pages see."""
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.QuickArgon2"]
    counter.today = timezone.now().date()

    def sign_in(role):
        account = {"username": "olga", "password": "plenty of invented words", "name": "Olga Example", "names": [role]}
        company = "acme" if role == "manufacturer" else ""
        client.force_login(staff.create(**account, manufacturer=company, actor="test", at=timezone.now()))
        return client

    return sign_in


@pytest.fixture
def olga(signed_in):
    """The client of an activation operator."""
    return signed_in("activation operator")


def pytest_collection_modifyitems(items):
    for item in items:
        if "counter" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("django_db"):
            real = item.get_closest_marker("real_transactions") is not None
            item.add_marker(pytest.mark.django_db(databases=["default", "activation"], transaction=real))
