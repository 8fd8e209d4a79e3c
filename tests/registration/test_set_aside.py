"""Letters that could not be filed: a mistake of ours holds up nobody else, and what stopped a letter is seen, not what is in it."""

import io
from datetime import timedelta

import pytest
import structlog
from django.core.management import CommandError, call_command
from django.utils import timezone

from intake import letterbox, letters
from intake.models import Letter
from privacy import receipts
from registration import filing, heartbeat, registrar, replies, tasks
from regsvc import health

pytestmark = pytest.mark.django_db(databases=["default", "keystore", "activation"])
CANARY = "canary7q@example.org"


@pytest.fixture
def broken(monkeypatch):
    """A mistake of ours that one person's letter meets; `mend` takes it away."""
    real = filing._filing

    def mistaken(letter, house):
        if letter.contact.email == CANARY:
            raise TypeError(CANARY)
        return real(letter, house)

    def mend():
        monkeypatch.setattr(filing, "_filing", real)

    monkeypatch.setattr(filing, "_filing", mistaken)
    return mend


TOO_LONG = letters.Choice("updates", "x" * 80, granted=True)


def poison(life):
    """A letter whose own content is wrong: intake would not have taken it."""
    receipt = receipts.fresh()
    bad = letters.Register(
        receipt.secret,
        "srv-std",
        None,
        letters.Contact(email="poison7q@example.org"),
        letters.Details(),
        (TOO_LONG,),
        None,
        "api",
    )
    life.at += timedelta(milliseconds=1)
    letterbox.post(bad, digest=receipt.digest, at=life.at)
    return receipt


def stored(receipt):
    return Letter.objects.get(digest=receipt.digest)


def run(*arguments, **options):
    out = io.StringIO()
    call_command("letters", *arguments, stdout=out, **options)
    return out.getvalue()


def test_a_mistake_of_ours_leaves_its_letter_waiting_and_stops_no_other(life, broken):
    before, hurt, after = life.register(), life.register(email=CANARY), life.register()

    swept = registrar.sweep_all(house=life.house, at=life.at)

    assert (swept.handled, swept.aside, swept.stuck) == (2, 0, 1)
    assert [bool(life.live(each)) for each in (before, after, hurt)] == [True, True, False]
    assert stored(hurt).status == "waiting"
    assert stored(hurt).fault.startswith("TypeError at ")
    assert CANARY not in stored(hurt).fault
    broken()
    assert life.sweep() == 1
    assert life.live(hurt)
    assert (stored(hurt).status, stored(hurt).fault) == ("accepted", None)


def test_what_follows_a_stuck_registration_waits_with_it(life, broken):
    hurt = life.register(email=CANARY)
    life.change(hurt, contact={"name": "Ada"})

    assert life.sweep() == 0
    assert set(Letter.objects.values_list("status", flat=True)) == {"waiting"}
    broken()
    assert life.sweep() == 2


def test_a_mistake_with_another_letter_stops_no_other_either(life, monkeypatch):
    monkeypatch.setattr(replies, "lost", lambda *_, **__: letters.ORIGINS["no kind"])
    letterbox.post(letters.Lost("ada@example.org"), digest=bytes(32), at=life.at)
    receipt = life.register()

    swept = registrar.sweep_all(house=life.house, at=life.at)

    assert (swept.handled, swept.stuck) == (1, 1)
    assert life.live(receipt)
    assert Letter.objects.get(digest=bytes(32)).fault.startswith("KeyError at ")


def test_a_stuck_letter_is_in_the_log_and_raises_the_alarm(life, broken, client):
    life.register(email=CANARY)
    with structlog.testing.capture_logs() as logs:
        tasks.sweep()

    (line,) = [each for each in logs if each["log_level"] == "error"]
    assert (line["event"], line["count"]) == ("letters are stuck", 1)
    assert line["fault"].startswith("TypeError at ")
    assert CANARY not in str(logs)
    assert health.alarms() == ["letters are stuck"]
    assert (client.get("/readyz").status_code, client.get("/readyz").json()["alarms"]) == (200, ["letters are stuck"])
    broken()
    tasks.sweep()
    assert "alarms" not in client.get("/readyz").json()


def test_a_letter_set_aside_keeps_where_it_failed(life):
    receipt = poison(life)
    with structlog.testing.capture_logs() as logs:
        tasks.sweep()

    assert (stored(receipt).status, stored(receipt).reason) == ("aside", "cannot-file")
    assert stored(receipt).fault.startswith("DataError at keystore/filing.py:")
    (line,) = [each for each in logs if each["log_level"] == "error"]
    assert (line["event"], line["code"], line["fault"]) == ("letters set aside", "cannot-file", stored(receipt).fault)


def test_a_store_that_fails_ends_the_sweep_and_touches_no_letter(life, monkeypatch):
    receipt = life.register()
    with monkeypatch.context() as patch:
        patch.setattr(filing, "_filing", lambda *_: (_ for _ in ()).throw(registrar.OperationalError("away")))
        with pytest.raises(registrar.OperationalError):
            life.sweep()

    assert (stored(receipt).status, stored(receipt).fault) == ("waiting", None)
    assert life.sweep() == 1


def test_letters_are_listed_and_shown_without_what_is_in_them(life, broken):
    bad, hurt = poison(life), life.register(email=CANARY, contact={"name": "Ada Canary"})
    life.sweep()

    listed = run("list").splitlines()
    shown = run("show", bad.digest.hex()[:10])

    assert len(listed) == 2
    assert bad.digest.hex()[:12] in listed[0]
    assert "cannot-file" in listed[0]
    assert hurt.digest.hex()[:12] in listed[1]
    assert "stuck" in listed[1]
    assert all("register" in line and "public" in line and life.at.date().isoformat() in line for line in listed)
    assert bad.digest.hex() in shown
    assert "DataError at keystore/" in shown
    assert not any(word in run("list") + shown for word in ("Canary", "canary7q", "poison7q", bad.text))


def test_a_letter_is_tried_again(life, monkeypatch):
    receipt = poison(life)
    life.sweep()
    monkeypatch.setattr(letters.Choice, "purpose", "updates/vendor")  # it is mended

    assert run("retry", receipt.digest.hex()[:12]) == "1 letter will be tried again in the next sweep.\n"
    assert life.sweep() == 1

    assert stored(receipt).status == "accepted"
    assert run("list").startswith("No letters are set aside")


def test_all_letters_are_tried_again(life):
    poison(life), poison(life)
    life.sweep()

    assert run("retry", "--all") == "2 letters will be tried again in the next sweep.\n"
    assert life.sweep() == 2


def test_a_beginning_that_fits_several_letters_means_none_of_them(life):
    poison(life), poison(life)
    life.sweep()

    for verb in ("show", "retry"):
        with pytest.raises(CommandError):
            run(verb, "")
    assert Letter.objects.filter(status="aside").count() == 2


def test_nothing_is_dropped_by_a_slip(life, broken):
    bad, stuck = poison(life), life.register(email=CANARY)
    life.sweep()
    waiting = life.register()
    whole = bad.digest.hex()

    for arguments in (
        ("drop", whole),  # without --yes
        ("drop", whole[:12], "--yes"),  # not the whole digest
        ("drop", whole, "--yes"),  # it opens, so it may still be filed
        ("drop", waiting.digest.hex(), "--yes", "--even-readable"),  # it waits
        ("drop", stuck.digest.hex(), "--yes", "--even-readable"),  # a mistake of ours holds it up: it waits too
        ("drop", "no digest", "--yes"),
    ):
        with pytest.raises(CommandError):
            run(*arguments)

    assert stored(bad).status == "aside"
    assert stored(waiting).status == "waiting"


def test_a_dropped_letter_is_gone_and_its_submission_says_so(life, client):
    bad, unreadable = poison(life), bytes([7]) * 32
    letterbox.post(letters.Erase(bytes(32)), digest=unreadable, at=life.at)
    Letter.objects.filter(digest=unreadable).update(epoch="2020-W01")
    life.sweep()

    run("drop", unreadable.hex(), "--yes")
    run("drop", bad.digest.hex(), "--yes", "--even-readable")

    for digest in (unreadable, bad.digest):
        found = Letter.objects.get(digest=digest)
        assert (found.status, found.sealed, found.arrived_at) == ("refused", None, None)
        answer = client.get(f"/api/v1/submissions/{digest.hex()}").json()
        assert (answer["status"], answer["reason"]) == ("refused", "dropped")


@pytest.mark.parametrize(
    ("minutes", "told"), [(0, []), (3, []), (6, ["sweep", "send_service_mail"])], ids=["now", "within-three-periods", "later"]
)
def test_a_run_that_has_not_ended_for_three_periods_is_told(life, minutes, told):
    heartbeat.beat(heartbeat.SWEEP, at=life.at)
    heartbeat.beat(heartbeat.MAIL, at=life.at)

    found = heartbeat.stalled(periods={"sweep": 60, "send_service_mail": 60}, at=life.at + timedelta(minutes=minutes))

    assert sorted(found) == sorted(told)


def test_a_stalled_sweep_is_in_readyz_and_in_the_log_and_takes_nobody_out_of_service(life, client, monkeypatch):
    heartbeat.beat(heartbeat.SWEEP, at=timezone.now() - timedelta(hours=1))
    heartbeat.beat(heartbeat.MAIL, at=timezone.now())
    monkeypatch.setitem(health._told, "at", -health.ALARM_SECONDS)

    with structlog.testing.capture_logs() as logs:
        answer = client.get("/readyz")
        client.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["alarms"] == ["no sweep has ended lately"]
    assert [each["code"] for each in logs if each["event"] == "alarm"] == ["no sweep has ended lately"]
    assert client.get("/ping").status_code == 204
