"""The keys' page: a key is found without being shown, each act is one click, and a replacement is asked for twice."""

import re
import uuid
from dataclasses import replace

import pytest

from accounts import roles
from activation import key_admin, product_keys
from activation.models import Binding, ProductKey
from activation.rules import State

pytestmark = pytest.mark.urls("regsvc.urls.operator")
PAGE = "/console/keys/"


def act(client, key, name, **more):
    return client.post(PAGE, {"wanted": key.locator.hex(), "act": name, **more}).content.decode()


def state(key):
    return ProductKey.objects.get(locator=key.locator).state


def test_a_key_is_found_by_itself_or_its_locator_and_not_shown(olga, counter):
    key = counter.key("multi")
    counter.ask(key)

    for wanted in (key.text, key.locator.hex(" ", 2)):
        response = olga.post(PAGE, {"wanted": wanted})
        page = response.content.decode()

        assert key.locator.hex(" ", 2) in page
        assert counter.today.isoformat() in page
        assert not any(text in page for text in (key.text, key.canonical.decode()))
        assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda text: text[:-1], "Enter a product key"),
        (lambda text: ("0" if text[0] != "0" else "1") + text[1:], "Character 1 in group 1 is probably wrong"),
        (lambda text: text[:6] + "U" + text[7:], "Character 1 in group 2 is probably wrong"),
        (lambda _: product_keys.draw(batch=42).text, "know this key"),
        (lambda _: "0a1b2c3d4e5f", "know this key"),
    ],
)
def test_what_is_not_found_is_explained_and_not_shown(olga, counter, spoil, sentence):
    typed = spoil(counter.key().text)

    page = olga.post(PAGE, {"wanted": typed}).content.decode()

    assert sentence in page
    assert f'value="{typed}"' not in page


def test_a_wrong_character_is_named_in_german_too(olga, counter):
    typed = counter.key().text[:-1] + "ü"

    page = olga.post(PAGE, {"wanted": typed}, headers={"Accept-Language": "de"}).content.decode()

    assert "Wahrscheinlich ist Zeichen 5 in Gruppe 5 falsch" in page
    assert typed not in page


def test_block_and_unblock(olga, counter):
    key = counter.key()

    assert "The key is blocked" in act(olga, key, "block")
    assert counter.ask(key).decision.reason == "key-blocked"
    assert "The key has changed" in act(olga, key, "block")
    assert "The key is unblocked" in act(olga, key, "unblock")
    assert counter.outcome(key) == "new"


def test_a_suspect_key_is_flagged_and_cleared(olga, counter):
    key = counter.key()
    for number in range(1, 20):
        counter.ask(key, number)
    assert state(key) == State.SUSPECT
    assert "More computers have tried this key" in olga.post(PAGE, {"wanted": key.text}).content.decode()

    assert "no longer suspect" in act(olga, key, "clear")
    assert state(key) == State.LIVE


def test_a_slot_is_freed(olga, counter):
    key = counter.key()
    bound = counter.ask(key).binding

    assert "The slot is free" in act(olga, key, "release", bound=bound, sure="yes")
    assert Binding.objects.get().ended == "freed"
    for stale in (bound, "nonsense", ""):
        for sure in ({}, {"sure": "yes"}):
            assert "The key has changed" in act(olga, key, "release", bound=stale, **sure)


def test_a_slot_is_freed_only_after_a_second_question(olga, counter):
    key = counter.key("multi")
    counter.ask(key, 1)
    bound = counter.ask(key, 2).binding

    question = act(olga, key, "release", bound=bound)

    assert "Free slot 2?" in question
    assert f"has had this slot since {counter.today.isoformat()}" in question
    assert re.search(r'<button type="submit" name="act" value="release" class="default">', question)
    assert Binding.objects.filter(released_on__isnull=True).count() == 2


def test_a_replacement_is_asked_for_twice_and_shown_once(olga, counter):
    key = counter.key()
    asked = act(olga, key, "replace")
    assert "undo this" in asked
    nonce = re.search(r'name="nonce" value="([0-9a-f-]{36})"', asked)[1]
    assert (state(key), ProductKey.objects.count()) == (State.LIVE, 1)

    response = olga.post(PAGE, {"wanted": key.locator.hex(), "act": "replace", "sure": "yes", "nonce": nonce})

    new = product_keys.read("".join(re.findall(r'class="digits">([0-9A-Z]{5})<', response.content.decode())))
    assert "no-store" in response["Cache-Control"]
    assert counter.outcome(new) == "new"
    assert counter.ask(key).decision.reason == "key-replaced"
    assert "The key has changed" in act(olga, key, "replace", sure="yes", nonce=uuid.uuid4())
    assert new.text not in olga.post(PAGE, {"wanted": new.text}).content.decode()
    assert ProductKey.objects.count() == 2


@pytest.mark.parametrize(("name", "permission"), [("block", "activation.block"), ("release", "activation.release")])
def test_an_act_needs_its_permission(olga, counter, monkeypatch, name, permission):
    key = counter.key()
    bound = counter.ask(key).binding
    role = roles.ROLES["activation operator"]
    less = replace(role, permissions=tuple(each for each in role.permissions if each != permission))
    monkeypatch.setattr(roles, "ROLES", {"activation operator": less})

    assert olga.post(PAGE, {"wanted": key.locator.hex(), "act": name, "bound": bound}).status_code == 403
    assert key_admin.find(wanted=key, today=counter.today).places[0].binding == bound
    assert state(key) == State.LIVE
