"""The ceremony: two of three roots name the keys of certificates, and a new key gets into the next keyset."""

import os
from datetime import date

import pytest

from activation import ceremony, trust
from privacy.keyring import FileProvider

TODAY = date(2026, 11, 24)


@pytest.fixture
def folders(tmp_path):
    ring, offline = FileProvider(tmp_path / "ring"), FileProvider(tmp_path / "offline")
    ring.create("certificate", "1", os.urandom(32))
    return ring, offline


def held(folders) -> list[str]:
    return ceremony.begin(ring=folders[0], offline=folders[1], today=TODAY)


def known(folders) -> trust.Keyset:
    ring, offline = folders
    root = trust.root_of(ceremony._holders(offline, ceremony.ROOTS), version=1)
    return trust.keyset(root, ring.load("keyset", ring.epochs("keyset")[-1]))


def test_it_makes_what_is_missing_and_then_nothing(folders):
    assert held(folders) == ["root-1", "root-2", "root-3", "root@1", "keyset@1"]
    assert held(folders) == []
    assert [key.kid for key in known(folders).keys] == ["certificate@1"]


def test_a_new_key_is_named_by_the_next_keyset(folders):
    held(folders)
    folders[0].create("certificate", "2", os.urandom(32))

    assert held(folders) == ["keyset@2"]
    assert (known(folders).version, [key.kid for key in known(folders).keys]) == (2, ["certificate@1", "certificate@2"])


def test_the_roots_are_not_in_the_ring(folders):
    held(folders)

    assert folders[0].names() == ["certificate", "keyset", "root"]
