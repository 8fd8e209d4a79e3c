"""The ceremony: two of three roots name the keys of certificates, and a new key gets into the next keyset."""

import json
import os
from datetime import date, timedelta

import pytest

from activation import ceremony, certificates, trust
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
    ring, _ = folders
    return trust.keyset(trust.pinned(ring.load("root", "1")), ring.load("keyset", ring.epochs("keyset")[-1]))


def test_it_makes_what_is_missing_and_then_nothing(folders):
    assert held(folders) == ["root-1@1", "root-2@1", "root-3@1", "root@1", "keyset@1"]
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


def published(folders) -> bytes:
    """What the service hands out."""
    ring, _ = folders
    roots = [json.loads(ring.load("root", epoch)) for epoch in ring.epochs("root")]
    return json.dumps({"roots": roots, "keyset": json.loads(ring.load("keyset", ring.epochs("keyset")[-1]))}).encode()


def seen_by_an_old_client(folders) -> trust.Keyset:
    """The keyset, for a client that was built with the first roots."""
    return trust.published(published(folders), trusted=trust.pinned(folders[0].load("root", "1")))


def test_a_root_is_replaced_and_old_clients_follow(folders):
    held(folders)
    acts = {"ring": folders[0], "offline": folders[1]}

    assert ceremony.replace(**acts, name="root-2") == ["root-2@2", "keyset@2", "root@2"]
    assert ceremony.replace(**acts, name="root-1") == ["root-1@2", "keyset@3", "root@3"]
    assert [key.kid for key in seen_by_an_old_client(folders).keys] == ["certificate@1"]
    with pytest.raises(ceremony.UnknownRoot):
        ceremony.replace(**acts, name="root-4")
    folders[0].create("certificate", "2", os.urandom(32))
    assert held(folders) == ["keyset@4"]


@pytest.mark.parametrize("lost", ["root@2", "keyset@2"])
def test_a_replacement_that_was_broken_off_is_done_again(folders, lost):
    held(folders)
    acts = {"ring": folders[0], "offline": folders[1]}
    ceremony.replace(**acts, name="root-2")
    for name in {"root@2": ["root@2"], "keyset@2": ["root@2", "keyset@2"]}[lost]:
        (folders[0].directory / name).unlink()
    folders[0].create("certificate", "2", os.urandom(32))
    held(folders)
    assert len(seen_by_an_old_client(folders).keys) == 2

    ceremony.replace(**acts, name="root-2")
    assert len(seen_by_an_old_client(folders).keys) == 2


def test_other_roots_sign_nothing(folders, tmp_path):
    held(folders)
    before = folders[0].epochs("keyset"), folders[0].epochs("root")
    other = FileProvider(tmp_path / "other")
    folders[0].create("certificate", "2", os.urandom(32))
    for act in (
        lambda: ceremony.begin(ring=folders[0], offline=other, today=TODAY),
        lambda: ceremony.retire(ring=folders[0], offline=other, kid="certificate@1", today=TODAY),
    ):
        with pytest.raises(ceremony.OtherRoots):
            act()
    for name in ceremony.ROOTS:
        other.create(name, "1", os.urandom(32))
    for act in (
        lambda: ceremony.begin(ring=folders[0], offline=other, today=TODAY),
        lambda: ceremony.replace(ring=folders[0], offline=other, name="root-2"),
        lambda: ceremony.revoke(ring=folders[0], offline=other, kid="certificate@1"),
    ):
        with pytest.raises(ceremony.OtherRoots):
            act()

    assert (folders[0].epochs("keyset"), folders[0].epochs("root")) == before


def test_who_was_replaced_signs_nothing_any_more(folders):
    held(folders)
    old = ceremony._newest(folders[1])
    ceremony.replace(ring=folders[0], offline=folders[1], name="root-1")
    ceremony.replace(ring=folders[0], offline=folders[1], name="root-2")
    forged = trust.sign(trust.Keyset(9, ()), holders=old[:2])
    answer = json.loads(published(folders)) | {"keyset": json.loads(forged)}

    with pytest.raises(trust.NotTrusted):
        trust.published(json.dumps(answer).encode(), trusted=trust.pinned(folders[0].load("root", "1")))


@pytest.mark.parametrize("answer", [b"", b"{}", b'{"roots": [], "keyset": {}}', b'{"roots": [1], "keyset": {}}', b"[" * 100_000])
def test_what_is_no_such_answer_is_not_trusted(folders, answer):
    held(folders)
    with pytest.raises(trust.NotTrusted):
        trust.published(answer, trusted=trust.pinned(folders[0].load("root", "1")))


def test_a_retired_key_keeps_what_it_signed_and_a_revoked_one_does_not(folders):
    held(folders)
    acts = {"ring": folders[0], "offline": folders[1]}
    later, day = TODAY + timedelta(days=30), certificates.number_of

    ceremony.retire(**acts, kid="certificate@1", today=later)
    keyset = seen_by_an_old_client(folders)
    assert keyset.key_of("certificate@1", day(TODAY))
    assert keyset.key_of("certificate@1", day(later + ceremony.DEALT))
    with pytest.raises(KeyError):
        keyset.key_of("certificate@1", day(later + ceremony.DEALT) + 1)
    ceremony.revoke(**acts, kid="certificate@1")
    with pytest.raises(KeyError):
        seen_by_an_old_client(folders).key_of("certificate@1", day(TODAY))
    with pytest.raises(ceremony.UnknownKid):
        ceremony.revoke(**acts, kid="certificate@7")
