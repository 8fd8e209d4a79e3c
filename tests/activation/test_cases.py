"""Who answered a call is a code that only the service's key reads, and is forgotten."""

import io
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts import staff
from activation import calls, cases, keychain
from activation.models import CaseOutcome, PhoneCase
from tests.activation.conftest import TODAY
from tests.activation.telephone import Line


@pytest.fixture
def olga():
    account = {"username": "olga", "password": "plenty of invented words", "names": ["activation operator"]}
    return staff.create(**account, actor="test", at=timezone.now())


def test_who_answered_a_call_can_be_found_out(counter, olga):
    key, line = counter.key(), Line()
    calls.confirm(text=line.text(key), case=line.case, actor=olga.id, today=TODAY)
    out = io.StringIO()

    call_command("calls", "--day", TODAY.isoformat(), stdout=out)

    assert out.getvalue() == f"{line.case} srv-std confirmed olga\n"
    assert cases.answered(day=TODAY - timedelta(days=1)) == []


def test_who_acts_last_in_a_call_is_who_answered_it(counter, olga):
    key, line = counter.key(), Line()
    line.look(key)
    calls.confirm(text=line.text(key), case=line.case, actor=olga.id, today=TODAY)

    assert [each.username for each in cases.answered(day=TODAY)] == ["olga"]


def test_a_code_names_nobody_without_the_key_and_is_another_one_in_each_call(counter, olga):
    for case in (uuid.uuid4(), uuid.uuid4()):
        cases.note(case=case, outcome=CaseOutcome.REFUSED, actor=olga.id, today=TODAY)

    codes = {bytes(code) for code in PhoneCase.objects.values_list("answered_by", flat=True)}
    assert {len(code) for code in codes} == {16}
    assert len(codes) == 2
    assert olga.id.bytes not in codes


def test_a_new_pepper_does_not_hide_who_answered_before(counter, olga, monkeypatch):
    cases.note(case=uuid.uuid4(), outcome=CaseOutcome.REFUSED, actor=olga.id, today=TODAY)
    marks = keychain.marks
    monkeypatch.setattr(keychain, "marks", lambda label, value: [b"\0" * 32, *marks(label, value)])

    assert [each.username for each in cases.answered(day=TODAY)] == ["olga"]


def test_who_answered_is_forgotten(counter, olga):
    cases.note(case=uuid.uuid4(), outcome=CaseOutcome.REFUSED, actor=olga.id, today=TODAY)

    assert cases.forget_who_answered(before=TODAY) == 0
    assert cases.forget_who_answered(before=TODAY + timedelta(days=1)) == 1
    assert [each.username for each in cases.answered(day=TODAY)] == [None]
