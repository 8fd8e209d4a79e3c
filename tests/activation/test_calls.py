"""A call: what the operator is shown, what is bound, that the number is what the customer's product expects, and what is kept."""

import uuid
from datetime import timedelta

import pytest
from django.db import connections

from activation import calls, cases, phone
from activation.binding import UnknownKey
from activation.calls import NotConfirmed
from activation.hardware import PLAIN, Hardware
from activation.keychain import ConfirmationBroken
from activation.models import Binding, PhoneCase, ProductKey
from activation.phone import Installation
from activation.rules import State
from tests.activation.conftest import TODAY, computer
from tests.activation.telephone import NONCE, OLGA, Line


@pytest.fixture
def line():
    return Line()


def kept():
    return list(PhoneCase.objects.values_list("day", "product", "outcome"))


def test_the_confirmation_is_what_the_customers_product_expects(counter, line):
    key = counter.key()

    confirmed = line.confirm(key)

    assert phone.confirms(confirmed.number, phone.secret_of(key), line.installation, product="srv-std")
    assert (confirmed.days, confirmed.until) == (180, TODAY + timedelta(days=180))
    assert counter.outcome(key) == "same"
    assert line.confirm(key).number == confirmed.number
    assert kept() == [(TODAY, "srv-std", "confirmed")]


def test_looking_binds_nothing(counter, line):
    key = counter.key()

    call = line.look(key)

    assert (call.decision.reason, call.moved) == ("slot-free", None)
    assert not Binding.objects.exists()
    assert kept() == [(TODAY, "srv-std", "open")]


def test_a_different_computer_is_told_by_the_classes_that_changed(counter, line):
    key = counter.key()
    counter.ask(key, hardware=Hardware(PLAIN, (1, 2, 3, 4, 1, 2, 3, 4)))

    call = line.look(key, hardware=Hardware(PLAIN, (9, 9, 9, 4, 1, 2, 3, 4)))

    assert (call.decision.outcome, call.decision.changed) == ("refused", ("board", "disk", "network"))
    assert call.decision.transfer_from == TODAY + timedelta(days=120)
    assert (call.moved.slot, call.moved.reason) == (1, "transfer-approved")


def test_an_approved_transfer_ends_the_old_binding(counter, line):
    key = counter.key()
    old = counter.ask(key).binding
    with pytest.raises(NotConfirmed):
        line.confirm(key, 2)
    assert counter.outcome(key, 1) == "same"

    confirmed = line.confirm(key, 2, approved=True)

    assert confirmed.decision.outcome == "transferred"
    assert Binding.objects.get(id=old).ended == "transferred"
    assert [counter.outcome(key, number) for number in (2, 1)] == ["same", "refused"]
    assert kept() == [(TODAY, "srv-std", "moved")]


def test_a_suspect_key_is_confirmed_by_telephone_only(counter, line):
    key = counter.key()
    ProductKey.objects.update(state=State.SUSPECT)

    assert counter.ask(key).decision.reason == "phone-only"
    assert line.look(key).decision.reason == "slot-free"
    assert line.confirm(key).decision.outcome == "new"


@pytest.mark.parametrize(("state", "ended"), [(State.BLOCKED, "key-blocked"), (State.REPLACED, "key-replaced")])
def test_a_barred_key_is_not_confirmed_even_if_the_operator_wants_to(counter, line, state, ended):
    key = counter.key()
    ProductKey.objects.update(state=state)

    assert line.look(key).decision.reason == ended
    with pytest.raises(NotConfirmed):
        line.confirm(key, approved=True)
    assert not Binding.objects.exists()
    assert kept() == [(TODAY, "srv-std", ended)]


def test_a_volume_key_needs_no_call(counter, line):
    key = counter.key("volume")

    assert line.look(key).decision.reason == "volume"
    with pytest.raises(NotConfirmed):
        line.confirm(key)
    assert kept() == [(TODAY, "srv-std", "not-required")]


def test_what_leads_nowhere_is_a_case_too(counter):
    unknown = phone.installation_id(Installation(b"nobody", computer(1), NONCE))

    with pytest.raises(UnknownKey):
        calls.look(text=unknown, case=uuid.uuid4(), actor=OLGA, today=TODAY)
    with pytest.raises(phone.UnknownVersion):
        calls.look(text=phone.spell(2 << 112, 7), case=uuid.uuid4(), actor=OLGA, today=TODAY)

    assert set(kept()) == {(TODAY, None, "unknown-key"), (TODAY, None, "unknown-version")}


def test_a_mistyped_number_is_no_case_yet(counter):
    with pytest.raises(phone.WrongLength):
        calls.look(text="123456", case=uuid.uuid4(), actor=OLGA, today=TODAY)

    assert kept() == []


def test_a_call_is_one_case_and_keeps_its_end(counter, line):
    key = counter.key()
    line.look(key)
    calls.refuse(text=line.text(key), case=line.case, actor=OLGA, today=TODAY)
    line.look(key)

    assert kept() == [(TODAY, "srv-std", "refused")]
    assert cases.between(first=TODAY, last=TODAY) == [(TODAY, "refused", 1)]
    assert not Binding.objects.exists()


def test_a_move_that_is_sent_twice_stays_a_move(counter, line):
    key = counter.key()
    counter.ask(key, 1)
    text = line.text(key, 2)
    seen = calls.look(text=text, case=line.case, actor=OLGA, today=TODAY).leaving
    numbers = {calls.confirm(text=text, case=line.case, actor=OLGA, today=TODAY, leaving=seen.binding).number for _ in range(2)}
    numbers.add(calls.confirm(text=text, case=line.case, actor=OLGA, today=TODAY).number)
    calls.refuse(text=text, case=line.case, actor=OLGA, today=TODAY)  # on a page that was open still

    assert len(numbers) == 1
    assert kept() == [(TODAY, "srv-std", "moved")]


def test_a_key_whose_secret_does_not_open_is_not_bound(counter, line):
    one, other = counter.keys(2)
    box = ProductKey.objects.get(locator=other.locator).confirmation
    ProductKey.objects.filter(locator=one.locator).update(confirmation=box)

    with pytest.raises(ConfirmationBroken):
        line.confirm(one)
    assert not Binding.objects.exists()


def test_a_case_holds_nothing_of_the_key(counter, line):
    key = counter.key()
    line.confirm(key)
    row = ProductKey.objects.get()

    with connections["activation"].cursor() as cursor:
        cursor.execute("SELECT id, day, product, outcome FROM activation_phonecase")
        assert cursor.fetchall() == [(line.case, TODAY, "srv-std", "confirmed")]
        cursor.execute("SELECT * FROM activation_binding WHERE id = %s OR slot_id = %s", [line.case, line.case])
        assert cursor.fetchall() == []
    assert line.case != row.id


def test_only_the_computer_that_the_operator_saw_is_moved_away(counter, line):
    key = counter.key()
    counter.ask(key, 1)
    text = line.text(key, 2)
    seen = calls.look(text=text, case=line.case, actor=OLGA, today=TODAY).leaving
    Line().confirm(key, 3, approved=True)  # another operator was quicker

    with pytest.raises(calls.NotConfirmed):
        calls.confirm(text=text, case=line.case, actor=OLGA, today=TODAY, leaving=seen.binding)
    assert counter.outcome(key, 3) == "same"
