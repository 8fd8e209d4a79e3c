"""Making keys, and dealing each role its own."""

from datetime import UTC, datetime, timedelta

import pytest

from privacy import keys, letter_sealing, statements
from privacy.keyring import FileProvider
from regsvc import roles

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SENDERS = ("vendor", "acme")
NAMES = {
    "receipts", "index", "support", "custody", "service", "acknowledge", "statements", "pepper", "certificate", "confirmation", "intake", "intake.public",
    "statements.public",
    "updates/vendor", "offers/vendor", "updates/acme", "offers/acme",
}  # fmt: skip


@pytest.fixture
def provider(tmp_path) -> FileProvider:
    made = FileProvider(tmp_path / "keys")
    keys.make(made, senders=SENDERS, at=NOON)
    return made


def content(provider: FileProvider) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in provider.directory.iterdir()}


def test_every_key_is_made_and_no_two_are_alike(provider):
    assert set(provider.names()) == NAMES
    assert provider.epochs("intake") == provider.epochs("intake.public") == ["2026-W48", "2026-W49", "2026-W50"]
    assert len(set(content(provider).values())) == len(content(provider)) == 21


def test_making_again_changes_nothing(provider):
    before = content(provider)

    assert keys.make(provider, senders=SENDERS, at=NOON) == []
    assert content(provider) == before


def test_making_later_adds_what_is_missing(provider):
    before = content(provider)

    made = keys.make(provider, senders=(*SENDERS, "globex"), at=NOON + timedelta(weeks=1))

    assert made == ["updates/globex@1", "offers/globex@1", "intake@2026-W51"]
    assert before.items() < content(provider).items()


def test_a_destroyed_intake_key_is_not_made_anew(provider):
    (provider.directory / "intake@2026-W48").unlink()

    assert keys.make(provider, senders=SENDERS, at=NOON) == []


def test_what_exists_is_told_without_values(provider):
    standing = keys.standing(provider)

    assert {each.name for each in standing} == NAMES
    assert next(each.epochs for each in standing if each.name == "support") == ["1"]


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_a_role_is_dealt_exactly_its_row(provider, tmp_path, role):
    row = roles.ROLES[role].keys
    expected = {name for name in NAMES if name in row or ("/" in name and "*/" in row)}

    count = keys.deal(provider, names=row, directory=tmp_path / "own")

    own = FileProvider(tmp_path / "own")
    assert set(own.names()) == expected
    assert count == len(content(own))
    assert content(own).items() <= content(provider).items()
    assert (tmp_path / "own").stat().st_mode & 0o077 == 0


def test_dealing_takes_away_what_was_dealt_before(provider, tmp_path):
    keys.deal(provider, names=("support", "index"), directory=tmp_path / "own")

    keys.deal(provider, names=("service",), directory=tmp_path / "own")

    assert FileProvider(tmp_path / "own").names() == ["service"]


def test_an_intake_pair_belongs_together():
    private, public = letter_sealing.intake_pair()

    sealed = letter_sealing.HPKE.encrypt(b"x", letter_sealing._public(public), b"")
    assert letter_sealing.HPKE.decrypt(sealed, letter_sealing._private(private), b"") == b"x"


def test_an_older_key_ring_gets_the_public_half_that_it_lacks(provider):
    (provider.directory / "statements.public@1").unlink()

    assert keys.make(provider, senders=SENDERS, at=NOON) == ["statements.public@1"]
    assert provider.load("statements.public", "1") == statements.public_half(provider.load("statements", "1"))
