"""A letter opens as what it was posted, for the registrar only; and no key of a chain is used twice, or kept."""

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import keyring, letter_sealing
from privacy.keyring import KeyMissing, KeyRefused
from privacy.letter_sealing import LONGEST, PLACE, START, Opener, Sealer
from privacy.sealing import SealBroken

NOW = datetime.now(UTC)
ORIGIN = "public"
HEADER = 1 + PLACE + START
few = settings(deadline=None, max_examples=60)


def digest(number):
    return number.to_bytes(32)


def sealed(number=1, *, at=NOW, origin=ORIGIN):
    return letter_sealing.to_registrar(f"canary {number}".encode(), origin=origin, digest=digest(number), at=at)[1]


def opened(letter, number=1, *, at=NOW, origin=ORIGIN, opener=None):
    return letter_sealing.from_letter(letter, origin=origin, epoch=keyring.week(at), digest=digest(number), opener=opener)


def opens(letter, number=1, **other):
    try:
        return opened(letter, number, **other) == f"canary {number}".encode()
    except SealBroken:
        return False


def place(letter):
    """Chain and place."""
    return letter[1 + PLACE : HEADER], int.from_bytes(letter[1 : 1 + PLACE])


@pytest.fixture
def sealer(monkeypatch):
    """Chains of this test's own."""
    monkeypatch.setattr(letter_sealing, "SEALER", Sealer())
    return letter_sealing.SEALER


@pytest.fixture(scope="module")
def letter():
    return sealed()


@few
@given(plain=st.binary(max_size=2000))
def test_a_letter_opens_with_its_epochs_key(plain):
    epoch, made = letter_sealing.to_registrar(plain, origin=ORIGIN, digest=digest(1), at=NOW)

    assert epoch == keyring.week(NOW)
    assert opened(made) == plain
    assert (len(made) - HEADER) % 256 == 16


def test_a_letter_opens_only_as_what_it_was_posted(letter):
    assert opens(letter)
    assert not opens(letter, origin="console")
    assert not opens(letter, 2)
    assert not opens(letter, at=NOW + timedelta(weeks=1))
    assert not opens(b"\x01" + letter[1:])
    assert not opens(b"\x03" + letter[1:])


@settings(deadline=None, max_examples=300)
@given(where=st.integers(min_value=0))
def test_a_flipped_bit_or_a_cut_of_a_letter_is_found(letter, where):
    flipped = (int.from_bytes(letter) ^ 1 << where % (len(letter) * 8)).to_bytes(len(letter))

    assert not opens(flipped)
    assert not opens(letter[: where % len(letter)])


def test_places_and_chains_cannot_be_exchanged(sealer):
    first, second = sealed(1), sealed(2)
    sealer.forget()
    other = sealed(3)

    assert place(first)[0] == place(second)[0] != place(other)[0]
    assert not opens(second[: 1 + PLACE] + first[1 + PLACE :], 1)
    assert not opens(first[: 1 + PLACE] + second[1 + PLACE :], 2)
    assert not opens(other[:HEADER] + first[HEADER:], 1)
    assert not opens(first[:1] + LONGEST.to_bytes(PLACE) + first[1 + PLACE :], 1)
    assert opens(first, 1)
    assert opens(second, 2)
    assert opens(other, 3)


@few
@given(order=st.permutations(range(12)), again=st.lists(st.integers(0, 11), max_size=6))
def test_letters_of_a_chain_open_in_any_order_and_again(order, again):
    letters, opener = {number: sealed(number) for number in range(12)}, Opener()

    assert all(opens(letters[number], number, opener=opener) for number in [*order, *again])
    assert all(opens(letters[number], number) for number in order), "one that remembers nothing opens them too"


def test_a_run_opens_a_chain_once_and_remembers_so_many_and_no_more(sealer, monkeypatch):
    monkeypatch.setattr(letter_sealing, "MOST_OPENED", 3)
    decrypted, decrypt = [], letter_sealing.HPKE.decrypt
    monkeypatch.setattr(
        letter_sealing,
        "HPKE",
        SimpleNamespace(decrypt=lambda *a: decrypted.append(a) or decrypt(*a), encrypt=letter_sealing.HPKE.encrypt),
    )
    opener = Opener()
    for chain in range(6):
        sealer.forget()
        assert all(opens(sealed(number), number, opener=opener) for number in (chain, chain + 100))

    assert len(opener._chains) == 3
    assert len(decrypted) == 6


def test_a_chain_that_was_opened_opens_for_its_own_key_and_origin_only(sealer):
    letter, opener = sealed(), Opener()
    assert opens(letter, opener=opener)

    assert not opens(letter, origin="console", opener=opener)


def test_a_copied_process_seals_no_two_letters_with_one_key(sealer):
    """A machine that is resumed twice from one snapshot has the same chain twice."""
    sealed()
    (chain,) = sealer._chains.values()
    twice = [replace(chain), replace(chain)]
    texts = []
    for number, copied in enumerate(twice):
        sealer._chains = dict.fromkeys(sealer._chains, copied)
        texts.append(sealed(number))

    assert place(texts[0]) == place(texts[1])
    differ = bytes(one ^ other for one, other in zip(texts[0][HEADER:-16], texts[1][HEADER:-16], strict=True))
    assert differ[32:] != bytes(len(differ) - 32), "with one key stream, what is the same in both would show as zeros"


def test_a_chain_serves_a_minute_or_a_thousand_letters(sealer):
    later = [NOW, NOW + timedelta(seconds=59), NOW + timedelta(seconds=60), NOW - timedelta(hours=1)]
    chains = [place(sealed(at=at))[0] for at in later]
    assert chains[0] == chains[1]
    assert len(set(chains)) == 3, "a new one after a minute, and when the clock was put back"

    places = [place(sealed(number)) for number in range(LONGEST + 2)]
    assert len({chain for chain, _ in places}) == 2
    assert len(set(places)) == LONGEST + 2
    assert max(number for _, number in places) < LONGEST


@pytest.mark.parametrize("other", [{"origin": "console"}, {"at": NOW + timedelta(weeks=1)}])
def test_origins_and_epochs_have_chains_of_their_own(sealer, other):
    letters = sealed(1), sealed(2, **other), sealed(3)

    assert place(letters[0])[0] != place(letters[1])[0]
    assert opens(letters[0], 1)
    assert opens(letters[2], 3)


def test_threads_share_a_chain_and_no_place_of_it(sealer, monkeypatch):
    monkeypatch.setattr(letter_sealing, "LONGEST", 100)
    made, start = [], threading.Barrier(8)

    def post(base):
        start.wait()
        made.extend((number, sealed(number)) for number in range(base, base + 50))

    threads = [threading.Thread(target=post, args=(base,)) for base in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({place(letter) for _, letter in made}) == len(made) == 400
    assert len({place(letter)[0] for _, letter in made}) == 4
    assert all(opens(letter, number) for number, letter in made)


def test_a_fork_begins_chains_of_its_own():
    before = sealed()
    read, write = os.pipe()
    if not (child := os.fork()):
        os.write(write, place(sealed(2))[0][:32])
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(read, 32) != place(before)[0][:32]
    assert place(sealed(3))[0] == place(before)[0]


def test_a_place_beyond_a_chains_end_opens_nothing_whoever_sealed_it(sealer):
    """It could cost the registrar as many steps as it says."""
    sealed()
    (chain,) = sealer._chains.values()
    for number, good in ((LONGEST - 1, True), (LONGEST, False), (2**16 - 1, False)):
        key = letter_sealing.Opener()
        keys = [chain_key(chain)]
        while len(keys) <= number:
            keys.append(letter_sealing._next(keys[-1]))
        header = letter_sealing.CHAINED + number.to_bytes(PLACE) + chain.start
        about = letter_sealing._about(ORIGIN, keyring.week(NOW), digest(1), header)
        cipher = letter_sealing.AESGCM(letter_sealing._letter_key(keys[number], digest(1)))
        letter = header + cipher.encrypt(letter_sealing.UNUSED, letter_sealing.padded(b"canary 1"), about)
        assert opens(letter, opener=key) is good


def chain_key(chain):
    """The first key of a chain, as the registrar finds it."""
    private = keyring.ring().key("intake", keyring.week(NOW))
    return letter_sealing.HPKE.decrypt(
        chain.start, letter_sealing._private(private.value), letter_sealing._info(ORIGIN, private.epoch)
    )


def test_a_start_belongs_to_its_origin_and_epoch(sealer):
    sealed()
    (chain,) = sealer._chains.values()
    private = keyring.ring().key("intake", keyring.week(NOW))
    header = letter_sealing.CHAINED + bytes(PLACE) + chain.start

    assert Opener().key(private, origin=ORIGIN, header=header)
    for other in ({"origin": "console"}, {"private": replace(private, epoch="1999-W01")}):
        with pytest.raises(InvalidTag):
            Opener().key(**({"private": private, "origin": ORIGIN, "header": header} | other))


def test_what_sealed_a_letter_is_forgotten(sealer):
    """All that a chain still holds is its start, which only the registrar opens, and the key of what comes next."""
    public = keyring.ring().current("intake.public", until=keyring.week(NOW))
    used = [sealer.link(public, origin=ORIGIN, at=NOW).key for _ in range(3)]
    (chain,) = sealer._chains.values()

    assert set(chain.__slots__) == {"start", "begun", "next"}
    assert chain.next[1] not in used


def test_a_letter_of_a_destroyed_epoch_stays_shut(letter):
    with pytest.raises(KeyMissing):
        letter_sealing.from_letter(letter, origin=ORIGIN, epoch="1999-W01", digest=digest(1))


def test_nothing_is_sealed_before_the_first_intake_key():
    with pytest.raises(KeyMissing):
        keyring.Ring(keyring.FileProvider(keyring.ring().provider.directory), ("intake.public",)).current(
            "intake.public", until="1999-W01"
        )


def test_who_may_only_seal_cannot_open(settings):
    settings.ROLE_KEYS = ("intake.public", "receipts", "acknowledge")
    made = sealed()

    with pytest.raises(KeyRefused):
        opened(made)
