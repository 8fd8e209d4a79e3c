"""The key ring: a process has the keys of its role's row, from files that only it can read."""

import base64
import traceback
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from privacy import keyring
from privacy.keyring import FileProvider, Key, KeyMissing, KeyRefused, KeyUnsafe, Ring

VALUE = bytes(range(32))
TEXT = base64.urlsafe_b64encode(VALUE).decode()
ROW = ("support", "intake.public", "*/")


@pytest.fixture
def provider(tmp_path) -> FileProvider:
    made = FileProvider(tmp_path / "keys")
    for name in ("support", "index", "offers/acme"):
        made.create(name, "1", VALUE)
    return made


def test_a_key_is_a_file_that_only_its_owner_reads(provider):
    path = provider.directory / "offers.acme@1"

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == f"{TEXT}\n"
    assert provider.directory.stat().st_mode & 0o077 == 0
    assert provider.load("offers/acme", "1") == VALUE


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o700 | 0o010])
def test_a_file_that_others_can_read_is_refused(provider, mode):
    (provider.directory / "support@1").chmod(mode)

    with pytest.raises(KeyUnsafe, match="chmod 600"):
        provider.load("support", "1")


@pytest.mark.parametrize("content", ["", TEXT[:-5], TEXT[:-4], "*" * 44, "ä" * 44, base64.urlsafe_b64encode(VALUE[:31]).decode()])
def test_a_damaged_file_is_no_key(provider, content):
    (provider.directory / "support@1").write_text(content)

    with pytest.raises(KeyUnsafe, match="damaged") as refused:
        provider.load("support", "1")
    assert TEXT[:8] not in "".join(traceback.format_exception(refused.value))


def test_a_file_that_cannot_be_read_is_no_key(provider):
    (provider.directory / "support@1").unlink()
    (provider.directory / "support@1").mkdir(mode=0o700)

    with pytest.raises(KeyUnsafe, match="cannot be read"):
        provider.load("support", "1")


def test_a_key_is_never_overwritten(provider):
    with pytest.raises(FileExistsError):
        provider.create("support", "1", bytes(32))

    assert provider.load("support", "1") == VALUE


@pytest.mark.parametrize(
    ("name", "epoch"),
    [
        ("../support", "1"),
        ("support", "../1"),
        ("intake.public", "/../../support@1"),
        ("Support", "1"),
        ("", "1"),
        ("support", "x"),
    ],
)
def test_what_is_no_name_reaches_no_file(provider, name, epoch):
    with pytest.raises(KeyMissing):
        provider.load(name, epoch)
    with pytest.raises(KeyMissing):
        provider.create(name, epoch, VALUE)


def test_what_is_no_key_file_is_not_listed(provider):
    (provider.directory / "notes.txt").write_text("canary")
    (provider.directory / "support@x").write_text("canary")

    assert provider.names() == ["index", "offers/acme", "support"]
    assert FileProvider(Path("nowhere")).names() == []


def test_epochs_come_oldest_first(provider):
    for epoch in ("10", "9", "2"):
        provider.create("support", epoch, VALUE)
    for epoch in ("2026-W09", "2025-W52", "2026-W10"):
        provider.create("intake.public", epoch, VALUE)

    assert provider.epochs("support") == ["1", "2", "9", "10"]
    assert provider.epochs("intake.public") == ["2025-W52", "2026-W09", "2026-W10"]
    assert provider.epochs("nothing") == []


def test_the_newest_epoch_is_current_and_every_epoch_opens(provider):
    provider.create("support", "2", bytes(32))
    ring = Ring(provider, ROW)

    assert ring.current("support") == Key("support", "2", bytes(32))
    assert ring.key("support", "1").value == VALUE
    assert ring.epochs("support") == ["1", "2"]


def test_a_new_epoch_is_seen_after_a_minute(provider, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(keyring.time, "monotonic", lambda: now[0])
    ring = Ring(provider, ROW)
    ring.current("support")
    provider.create("support", "2", bytes(32))

    assert ring.current("support").epoch == "1"
    now[0] += 61
    assert ring.current("support").epoch == "2"


def test_an_epoch_that_has_not_begun_is_not_used(provider):
    for epoch in ("2026-W47", "2026-W48", "2026-W49"):
        provider.create("intake.public", epoch, VALUE)

    ring = Ring(provider, ROW)

    assert ring.current("intake.public", until="2026-W50").epoch == "2026-W49"
    assert ring.current("intake.public", until="2026-W48").epoch == "2026-W48"
    with pytest.raises(KeyMissing):
        ring.current("intake.public", until="2026-W46")


def test_a_key_outside_the_row_is_refused_even_where_its_file_lies(provider):
    ring = Ring(provider, ROW)

    for ask in (lambda: ring.key("index", "1"), lambda: ring.current("index"), lambda: ring.epochs("index")):
        with pytest.raises(KeyRefused):
            ask()
    assert not ring.has("index")


def test_whether_a_key_can_be_used_is_an_answer_and_no_error(provider):
    (provider.directory / "support@1").chmod(0o644)
    ring = Ring(provider, ROW)

    assert ring.has("offers/acme")
    assert not ring.has("support")
    assert not ring.has("updates/acme")


@pytest.mark.parametrize(
    ("name", "allowed", "may"),
    [
        ("support", ("support",), True),
        ("support", ("*/",), False),
        ("offers/acme", ("*/",), True),
        ("offers/acme", ("support",), False),
        ("intake", ("intake.public",), False),
        ("intake.public", ("intake",), False),
    ],
)
def test_a_row_permits_what_it_names(name, allowed, may):
    assert keyring.permitted(name, allowed) is may


def test_the_process_has_its_rows_keys_and_knows_strangers(provider, settings):
    settings.KEY_DIRECTORY, settings.ROLE_KEYS = provider.directory, ("support",)

    assert keyring.ring().key("support", "1").value == VALUE
    assert keyring.ring() is keyring.ring()
    assert keyring.strangers() == ["index", "offers/acme"]
    settings.ROLE_KEYS = ("support", "index", "*/")
    assert keyring.strangers() == []


def test_no_value_shows(provider):
    ring = Ring(provider, ROW)
    shown = repr(ring.current("support")) + str(ring.key("support", "1")) + repr(ring)

    assert "support" in shown
    assert not any(secret in shown for secret in (TEXT, repr(VALUE), VALUE.hex()))


def test_a_weeks_epoch_is_its_iso_week():
    assert keyring.week(date(2027, 1, 1)) == "2026-W53"
    assert keyring.week(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-W09"
