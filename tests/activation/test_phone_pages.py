"""The telephone's page: every slip names its group, the number that is read out is right, and no address holds anything."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from activation import cases, installation_form, phone
from activation.hardware import PLAIN, Hardware
from activation.installation_form import Slip
from activation.models import Binding, PhoneCase, ProductKey
from activation.phone import Installation
from activation.rules import State
from tests.activation.conftest import computer

pytestmark = pytest.mark.urls("regsvc.urls.operator")
PAGE = "/console/phone/"
NONCE = 4711
DIGITS = re.compile(r'class="digits">([0-9]{6})<')


def installation(key, number=1, hardware=None):
    return Installation(key.locator, hardware or computer(number), NONCE)


def groups(key, number=1, **more):
    return phone.installation_id(installation(key, number, **more)).split("-")


def wrong(group):
    return group[:-1] + str((int(group[-1]) + 1) % 10)


def send(client, typed, **more):
    return client.post(PAGE, {"group": typed, **more})


def said(response):
    return response.content.decode()


def test_the_groups_are_read_one_a_box_or_as_a_whole(counter):
    typed = groups(counter.key())

    for parts in (
        typed,
        ["-".join(typed)],
        ["\u2013".join(typed)],
        [" ".join(typed), *[""] * 6],
        ["", (" " * 20).join(typed)],
        [f" {part}. " for part in typed],
    ):
        found = installation_form.read(parts)

        assert [box.typed for box in found] == typed
        assert [box.slip for box in found] == [None] * 7
        assert installation_form.text(found) == "-".join(typed)
    assert installation_form.read(["-".join(typed) + " " * 200 + "1"])[-1].slip == Slip.LENGTH


@pytest.mark.parametrize("index", range(7))
def test_each_mistyped_group_is_named(olga, counter, index):
    typed = groups(counter.key())
    typed[index] = wrong(typed[index])

    page = said(send(olga, typed))

    faults = re.findall(r'id="fault-(.)" class="wrong">([^<]+)<', page)
    assert faults == [("ABCDEFG"[index], f"Group {'ABCDEFG'[index]} is wrong. Ask for it again.")]
    assert page.count('aria-invalid="true"') == 1
    assert re.search(rf'id="group-{"ABCDEFG"[index]}"[^>]*autofocus', page)


def test_groups_in_another_order_are_refused(olga, counter):
    typed = groups(counter.key())
    typed[1], typed[4] = typed[4], typed[1]

    page = said(send(olga, typed))

    assert re.findall(r'id="fault-(.)" class="wrong">[^<]', page) == ["B", "E"] or typed[1] == typed[4]
    assert "Confirm this computer" not in page


@pytest.mark.parametrize("part", ["", "12345", "1234567", "12a456", "٣٣٣٣٣٣"])
def test_what_is_no_group_is_told_from_a_wrong_one(olga, counter, part):
    typed = groups(counter.key())
    typed[2] = part

    assert installation_form.read(typed)[2].slip == Slip.LENGTH
    assert "Group C needs six digits." in said(send(olga, typed))


def test_a_call_is_looked_at_confirmed_and_read_out(olga, counter):
    key = counter.key()
    page = said(send(olga, groups(key)))
    assert "The key has a free slot" in page
    assert not Binding.objects.exists()

    response = send(olga, ["-".join(groups(key))], act="confirm")

    number = "-".join(DIGITS.findall(said(response)))
    assert phone.confirms(number, phone.secret_of(key), installation(key), product="srv-std")
    assert "for 180 days" in said(response)
    assert "no-store" in response["Cache-Control"]
    assert counter.outcome(key) == "same"
    words = re.findall(r'class="words">([^<]+)<', said(response))
    assert (
        words[0].split(" · ")[0]
        == ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"][int(number[0])]
    )


def test_a_case_is_one_row_however_often_the_page_is_sent(olga, counter):
    key = counter.key()
    case = re.search(r'name="case" value="([0-9a-f-]{36})"', said(olga.get(PAGE))).group(1)
    for act in ("look", "confirm", "confirm", "look"):
        send(olga, groups(key), act=act, case=case)

    assert list(PhoneCase.objects.values_list("day", "product", "outcome")) == [(timezone.now().date(), "srv-std", "confirmed")]
    assert [each.username for each in cases.answered(day=timezone.now().date())] == ["olga"]


def test_another_computer_is_shown_by_classes_and_moved_by_the_operator(olga, counter):
    key = counter.key()
    old = counter.ask(key, hardware=Hardware(PLAIN, (1, 2, 3, 4, 1, 2, 3, 4))).binding
    typed = groups(key, hardware=Hardware(PLAIN, (9, 9, 9, 4, 1, 2, 3, 4)))

    page = said(send(olga, typed))
    assert "mainboard, system disk, network card." in page
    assert "Until then, you decide" in page
    assert "Confirm this computer" not in page
    assert "Check the call again" in said(send(olga, typed, act="confirm"))
    for sure in ({}, {"sure": "yes"}):
        assert "Check the call again" in said(send(olga, typed, act="move", leaving=uuid.uuid4(), **sure))
    moved = said(send(olga, typed, act="move", leaving=old, sure="yes"))

    assert "The key has moved to this computer" in moved
    assert Binding.objects.get(id=old).ended == "transferred"


def test_a_key_is_moved_only_after_a_second_question(olga, counter):
    key = counter.key()
    old = counter.ask(key, 1).binding
    typed = groups(key, 2)
    page = said(send(olga, typed))
    assert re.search(r'value="move" class="second"', page)
    assert "default" not in re.findall(r'<button type="submit" name="act"[^>]*class="(\w+)"', page)

    question = said(send(olga, typed, act="move", leaving=old))

    assert "Move the key?" in question
    assert f"Moving the key takes slot 1 from the computer that has had it since {counter.today.isoformat()}." in question
    assert Binding.objects.get().released_on is None
    assert "Move the key to this computer" in said(send(olga, typed, act="look"))


def test_a_refused_call_leads_to_the_next_one(olga, counter):
    response = send(olga, groups(counter.key()), act="refuse")

    assert (response.status_code, response["Location"]) == (302, PAGE)
    assert "recorded as refused" in said(olga.get(PAGE))
    assert PhoneCase.objects.get().outcome == "refused"


@pytest.mark.parametrize(
    ("state", "sentence", "may"),
    [
        (State.BLOCKED, "The key is blocked", False),
        (State.REPLACED, "The key was replaced by a new one", False),
        (State.SUSPECT, "The key is suspect", True),
    ],
)
def test_each_state_has_its_words(olga, counter, state, sentence, may):
    key = counter.key()
    ProductKey.objects.update(state=state)

    page = said(send(olga, groups(key)))

    assert sentence in page
    assert ("Confirm this computer" in page) is may


def test_volume_unknown_and_foreign_numbers_have_their_words(olga, counter):
    unknown = phone.installation_id(Installation(b"nobody", computer(1), NONCE))

    volume = said(send(olga, groups(counter.key("volume"))))
    assert "It needs no activation" in volume
    assert "Confirm this computer" not in volume
    assert "know the key" in said(send(olga, [unknown]))
    assert "one of our installation IDs" in said(send(olga, [phone.spell(2 << 112, 7)]))


def test_no_address_and_no_log_holds_what_was_typed(olga, counter, caplog):
    key = counter.key()
    typed = groups(key)
    answers = [send(olga, typed), send(olga, typed, act="confirm"), send(olga, typed, act="refuse")]

    addresses = " ".join(found for each in answers for found in re.findall(r'(?:href|action|src)="([^"]*)"', said(each)))
    told = addresses + "".join(each.get("Location", "") for each in answers) + caplog.text
    assert "/console/phone/" in told
    assert [part for part in (*typed, key.locator.hex(), key.text) if part in told] == []


def test_the_page_speaks_german(olga, counter):
    olga.post("/i18n/setlang/", {"language": "de", "next": PAGE})
    typed = groups(counter.key())

    assert "Gruppe A stimmt nicht" in said(send(olga, [wrong(typed[0]), *typed[1:]]))
    assert "Der Schlüssel hat einen freien Platz" in said(send(olga, typed))
    confirmed = said(send(olga, typed, act="confirm"))
    assert "Bestätigungs-ID" in confirmed
    assert set(re.search(r'class="words">([^<]+)<', confirmed).group(1).split(" · ")) <= {
        "null",
        "eins",
        "zwo",
        "drei",
        "vier",
        "fünf",
        "sechs",
        "sieben",
        "acht",
        "neun",
    }


def test_the_page_is_where_the_index_says(olga):
    assert reverse("activation:phone") == PAGE
    assert "Phone" in said(olga.get("/console/"))
