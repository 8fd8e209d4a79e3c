"""A purpose whose key is missing or unsafe: what needs it waits, in its order, and nobody else does."""

import base64
import json
from datetime import timedelta

import pytest
import structlog

from intake.models import Letter
from keystore.models import Token
from privacy import keyring, sealing
from privacy.keyring import FileProvider, KeyMissing, KeyUnsafe
from registration import cleanup, registrar, self_service, tasks
from registration.models import Registration
from registration.policy import House
from tests import scenario

UPDATES, OFFERS = "updates/vendor", "offers/vendor"
AT_ONCE = House(without_mailbox=frozenset({"US"}))


@pytest.fixture
def keys(settings, tmp_path):
    """A ring of this test's own; `take` and `give` move a key out of it and back."""
    old = FileProvider(settings.KEY_DIRECTORY)
    ring = Keys(FileProvider(tmp_path / "keys"))
    for name in old.names():
        for epoch in old.epochs(name):
            ring.provider.create(name, epoch, old.load(name, epoch))
    settings.KEY_DIRECTORY = ring.provider.directory
    yield ring
    keyring._ring.cache_clear()


class Keys:
    def __init__(self, provider):
        self.provider = provider

    def take(self, *names):
        for name in names:
            (self.provider.directory / f"{name.replace('/', '.')}@1").unlink()
        keyring._ring.cache_clear()

    def spoil(self, *names, mode=0o600, content=None):
        for name in names:
            path = self.provider.directory / f"{name.replace('/', '.')}@1"
            if content is not None:
                path.write_text(content)
            path.chmod(mode)
        keyring._ring.cache_clear()

    def give(self, *names):
        for name in names:
            self.provider.create(name, "1", sealing.new_key())


@pytest.fixture
def at_once(life):
    """A life in a house where choices from the US stand without a mailbox."""
    life.house = AT_ONCE
    return life


def waiting():
    return Letter.objects.filter(status="waiting", sealed__isnull=False, arrived_at__isnull=False).count()


def test_what_needs_a_missing_key_waits_as_it_is_and_everything_else_is_filed(at_once, keys):
    keys.take(UPDATES)
    before = at_once.register(OFFERS, country="US")
    held = at_once.register(UPDATES, country="US")
    after = at_once.register(UPDATES, country="DE")

    assert at_once.sweep() == 2

    assert waiting() == 1
    assert Letter.objects.get(digest=held.digest).status == "waiting"
    assert at_once.live(held) == set()
    assert at_once.marketing(before) == {OFFERS}
    assert at_once.states(after) == {UPDATES: "unconfirmed"}
    keys.give(UPDATES)
    assert at_once.sweep() == 1
    assert at_once.marketing(held) == {UPDATES}
    assert at_once.states(held) == {UPDATES: "active"}


@pytest.mark.parametrize("spoiled", [{"mode": 0o644}, {"content": ""}, {"content": "*" * 44}])
def test_what_needs_an_unsafe_key_waits_and_everything_else_is_filed(life, at_once, keys, spoiled):
    asked = life.register(UPDATES, email="bob@example.org")
    life.sweep()
    life.confirm(life.mailed(asked, UPDATES))
    keys.spoil(UPDATES, **spoiled)
    held = at_once.register(UPDATES, country="US")
    after = at_once.register(OFFERS, country="US")

    swept = registrar.sweep_all(house=at_once.house, at=at_once.at)

    assert (swept.handled, swept.aside, swept.held) == (1, 0, {UPDATES: 2})
    assert waiting() == 2
    assert at_once.marketing(after) == {OFFERS}
    keys.take(UPDATES)
    keys.give(UPDATES)
    assert at_once.sweep() == 2
    assert at_once.marketing(held) == at_once.marketing(asked) == {UPDATES}


def test_an_unsafe_key_is_not_replaced_by_an_older_one(at_once, keys):
    keys.provider.create(UPDATES, "2", b"too short")
    held = at_once.register(UPDATES, country="US")

    assert at_once.sweep() == 0
    assert at_once.live(held) == set()


def test_a_confirmation_waits_for_its_purpose_and_no_other_does(life, keys):
    first, second = life.register(UPDATES), life.register(OFFERS, email="bob@example.org")
    life.sweep()
    keys.take(UPDATES)
    for receipt, purpose in ((first, UPDATES), (second, OFFERS)):
        life.confirm(life.mailed(receipt, purpose))

    assert life.sweep() == 1

    assert waiting() == 1
    assert (life.states(first), life.states(second)) == ({UPDATES: "unconfirmed"}, {OFFERS: "active"})
    keys.give(UPDATES)
    assert life.sweep() == 1
    assert life.states(first) == {UPDATES: "active"}


def test_letters_that_wait_at_the_head_starve_nobody_behind_them(at_once, keys):
    keys.take(UPDATES)
    for number in range(5):
        at_once.register(UPDATES, country="US", email=f"ada{number}@example.org")
    behind = [at_once.register(email=f"bob{number}@example.org") for number in range(3)]

    swept = registrar.sweep_all(house=at_once.house, at=at_once.at, most=2)

    assert (swept.handled, swept.aside, swept.held) == (3, 0, {UPDATES: 5})
    assert all(at_once.live(receipt) for receipt in behind)


def test_what_was_withdrawn_while_its_letter_waited_is_not_granted_when_the_key_comes(at_once, keys):
    keys.take(UPDATES, OFFERS)
    receipt = at_once.register(UPDATES, OFFERS, country="US")
    at_once.sweep()
    at_once.lower(receipt, UPDATES)

    assert at_once.sweep() == 0
    assert waiting() == 2, "the change waits behind the registration that it changes"
    at_once.at += timedelta(days=40)
    at_once.sweep()
    cleanup.tidy(at=at_once.at - timedelta(days=1))
    keys.give(UPDATES, OFFERS)
    assert at_once.sweep() == 2

    assert at_once.marketing(receipt) == {OFFERS}
    assert at_once.states(receipt) == {UPDATES: "withdrawn", OFFERS: "active"}
    assert not Token.objects.using("keystore").filter(registration_id=receipt.registration, kind="pending").exists()


def test_a_withdrawal_whose_letter_was_not_kept_is_remembered_as_long_as_the_registration_waits(at_once, keys):
    keys.take(UPDATES, OFFERS)
    receipt = at_once.register(UPDATES, OFFERS, country="US")
    at_once.lower(receipt, UPDATES)
    Letter.objects.exclude(digest=receipt.digest).delete()
    at_once.at += timedelta(days=20)
    at_once.sweep()
    at_once.at += timedelta(days=20)
    cleanup.tidy(at=at_once.at)
    keys.give(UPDATES, OFFERS)
    at_once.sweep()

    assert at_once.marketing(receipt) == {OFFERS}


def test_a_withdrawal_of_all_that_was_missing_lets_the_letter_be_filed_without_a_key(at_once, keys):
    keys.take(UPDATES)
    receipt = at_once.register(UPDATES, country="US")
    at_once.sweep()
    at_once.lower(receipt, UPDATES)

    assert at_once.sweep() == 2
    assert at_once.marketing(receipt) == set()
    assert at_once.states(receipt) == {UPDATES: "withdrawn"}


def test_an_erasure_needs_no_key_and_is_not_undone_when_it_comes(at_once, keys):
    keys.take(UPDATES)
    receipt = at_once.register(UPDATES, country="US")
    at_once.sweep()
    at_once.erase(receipt)

    assert at_once.sweep() == 2
    keys.give(UPDATES)
    at_once.sweep()

    assert Letter.objects.get(digest=receipt.digest).reason == "erased"
    assert at_once.live(receipt) == set()
    assert not Registration.objects.exists()


def test_changes_of_a_registration_that_waits_are_applied_after_it(at_once, keys):
    keys.take(UPDATES)
    receipt = at_once.register(UPDATES, country="US", contact={"name": "Ada"})
    at_once.change(receipt, contact={"name": "Ada Example"})
    assert registrar.sweep_all(house=at_once.house, at=at_once.at, most=1).held == {UPDATES: 2}
    keys.give(UPDATES)

    assert at_once.sweep() == 2
    assert self_service.see(receipt=receipt).contact.name == "Ada Example"


def test_a_withdrawal_ends_a_confirmation_that_waits(life, keys):
    receipt = life.register(UPDATES)
    life.sweep()
    keys.take(UPDATES)
    life.confirm(life.mailed(receipt, UPDATES))
    life.sweep()
    life.lower(receipt, UPDATES)
    life.sweep()
    keys.give(UPDATES)
    life.sweep()

    assert life.marketing(receipt) == set()
    assert life.states(receipt) == {UPDATES: "withdrawn"}
    assert waiting() == 0


@pytest.mark.parametrize("name", ["support", "custody", "index", "service"])
@pytest.mark.parametrize("refusal", [KeyMissing, KeyUnsafe])
def test_a_key_that_every_letter_needs_stops_the_sweep(life, keys, name, refusal):
    keys.spoil(name, content="")
    if refusal is KeyMissing:
        keys.take(name)
    life.register(UPDATES)
    with pytest.raises(refusal):
        life.sweep()

    assert waiting() == 1
    keys.spoil(name, content=base64.urlsafe_b64encode(sealing.new_key()).decode())
    assert life.sweep() == 1


def test_the_log_names_each_missing_key_once_a_sweep_and_no_person(at_once, keys, settings):
    at_once.at -= timedelta(minutes=1)
    keys.take(UPDATES, OFFERS)
    for email in ("ada@example.org", "bob@example.org"):
        at_once.register(UPDATES, country="US", email=email)
    at_once.register(OFFERS, country="US")
    settings.CONFIRM_WITHOUT = AT_ONCE.without_mailbox

    with structlog.testing.capture_logs() as logs:
        tasks.sweep()

    said = [(each["purpose"], each["count"]) for each in logs if each["event"] == "letters wait for a key"]
    assert said == [(OFFERS, 1), (UPDATES, 2)]
    assert "example.org" not in json.dumps(logs)
    assert scenario.superuser("default", "SELECT count(*) FROM registration_registration") == [(0,)]
