"""What is sealed opens only where it was sealed, and every failure is one error."""

import uuid

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import sealing
from privacy.sealing import Envelope, Place, SealBroken, Sealed

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
MINE = uuid.UUID(int=7)
HERE = Place("registration.Registration", MINE, "contact")
ENVELOPE = Envelope("offers/acme", MINE, "contact", "offers/acme", "1")
few = settings(deadline=None, max_examples=60)


class Person(msgspec.Struct, forbid_unknown_fields=True):
    email: str | None = None
    name: str = ""


class Stranger(msgspec.Struct, forbid_unknown_fields=True):
    serial: int


persons = st.builds(Person, email=st.none() | st.emails(), name=st.text(max_size=400))
CLEAR = Person(email="canary@example.org", name="Canary Example")
SEALED = sealing.seal(CLEAR, key=KEY, place=HERE)
TOO_LONG = (len(sealing.PACK.encode(CLEAR)) + 1).to_bytes(4) + sealing.PACK.encode(CLEAR)  # says one byte more than it has
WRAPPED = sealing.wrap(b"k" * 32 + b"u" * 32, key=KEY, envelope=ENVELOPE)


def opens(sealed: bytes, kind: type = Person, *, key: bytes = KEY, place: Place = HERE) -> bool:
    """Whether it opens; any error but SealBroken ends the test."""
    try:
        sealing.unseal(sealed, kind, key=key, place=place)
    except SealBroken:
        return False
    return True


def unwraps(wrapped: bytes, *, key: bytes = KEY, envelope: Envelope = ENVELOPE) -> bool:
    try:
        sealing.unwrap(wrapped, key=key, envelope=envelope)
    except SealBroken:
        return False
    return True


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value) ^ 1 << bit).to_bytes(len(value))


@few
@given(person=persons, key=st.binary(min_size=32, max_size=32), record=st.uuids(), other=st.uuids())
def test_a_value_opens_only_where_it_was_sealed(person, key, record, other):
    place = Place("registration.Registration", record, "contact")
    sealed = sealing.seal(person, key=key, place=place)

    assert sealing.unseal(sealed, Person, key=key, place=place) == person
    assert not opens(sealed, key=flipped(key, 0), place=place)
    assert record == other or not opens(sealed, key=key, place=place._replace(record=other))


@few
@given(person=persons)
def test_a_seal_tells_its_length_in_steps_only(person):
    assert (len(sealing.seal(person, key=KEY, place=HERE)) - 30) % 256 == 0


def test_the_same_value_never_looks_the_same():
    assert len({sealing.seal(CLEAR, key=KEY, place=HERE) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "place",
    [
        HERE._replace(model="registration.ConsentRecord"),
        HERE._replace(record=uuid.UUID(int=8)),
        HERE._replace(compartment="details"),
        Place("registration.Registrationcontact", MINE, ""),
    ],
)
def test_a_value_does_not_open_elsewhere(place):
    assert opens(SEALED)
    assert not opens(SEALED, place=place)


@pytest.mark.parametrize("key", [OTHER_KEY, b"", b"short", KEY + b"x"])
def test_a_value_does_not_open_with_another_key(key):
    assert not opens(SEALED, key=key)


def test_every_flipped_bit_of_a_value_is_found():
    assert [bit for bit in range(len(SEALED) * 8) if opens(flipped(SEALED, bit))] == []


def test_every_cut_and_every_addition_to_a_value_is_found():
    assert [length for length in range(len(SEALED)) if opens(SEALED[:length])] == []
    assert not opens(SEALED + b"\0")
    assert not opens(b"\0" + SEALED)


@pytest.mark.parametrize("header", [b"\x02\x01", b"\x01\x02", b"\x00\x00", b"{}"])
def test_a_value_of_another_suite_or_version_is_refused(header):
    body = AESGCM(KEY).encrypt(bytes(12), sealing.padded(sealing.PACK.encode(CLEAR)), sealing.bound(header))

    assert not opens(header + SEALED[2:])
    assert not opens(header + bytes(12) + body)


@pytest.mark.parametrize(
    "plain", [b"\xff\xff\xff\xff" + bytes(252), b"", b"\0\0", sealing.padded(b"\xc1"), sealing.padded(b""), TOO_LONG]
)
def test_a_well_sealed_value_that_says_nonsense_is_broken_too(plain):
    sealed = sealing.HEADER + bytes(12) + AESGCM(KEY).encrypt(bytes(12), plain, sealing._place(HERE))

    assert not opens(sealed)


def test_a_value_of_another_kind_is_broken():
    assert not opens(SEALED, Stranger)


def test_neither_a_seal_nor_its_error_shows_anything():
    with pytest.raises(SealBroken) as broken:
        sealing.unseal(SEALED, Person, key=OTHER_KEY, place=HERE)

    assert (repr(SEALED), str(SEALED), str(broken.value)) == ("Sealed(…)", "Sealed(…)", "")
    assert broken.value.__suppress_context__
    assert isinstance(SEALED, Sealed)
    assert b"canary" not in SEALED


@few
@given(secret=st.binary(min_size=32, max_size=64), record=st.uuids(), purpose=st.text(max_size=30))
def test_a_wrap_opens_with_its_envelope(secret, record, purpose):
    envelope = Envelope(purpose, record, "all", purpose, "1")

    assert sealing.unwrap(sealing.wrap(secret, key=KEY, envelope=envelope), key=KEY, envelope=envelope) == secret


@pytest.mark.parametrize(
    "envelope",
    [
        ENVELOPE._replace(purpose="updates/acme"),
        ENVELOPE._replace(registration=uuid.UUID(int=8)),
        ENVELOPE._replace(scope="all"),
        ENVELOPE._replace(key="updates/acme"),
        ENVELOPE._replace(epoch="2"),
        ENVELOPE._replace(key="offers/acm", epoch="e1"),
    ],
)
def test_a_wrap_does_not_open_in_another_envelope(envelope):
    assert unwraps(WRAPPED)
    assert not unwraps(WRAPPED, envelope=envelope)


def test_a_wrap_does_not_open_with_another_key():
    assert not unwraps(WRAPPED, key=OTHER_KEY)


def test_every_flipped_bit_and_every_cut_of_a_wrap_is_found():
    assert [bit for bit in range(len(WRAPPED) * 8) if unwraps(flipped(WRAPPED, bit))] == []
    assert [length for length in range(len(WRAPPED)) if unwraps(WRAPPED[:length])] == []
    assert not unwraps(b"\x02" + WRAPPED[1:])


@given(one=st.lists(st.text(max_size=3) | st.binary(max_size=3)), two=st.lists(st.text(max_size=3) | st.binary(max_size=3)))
def test_no_two_lists_of_parts_look_the_same(one, two):
    raw = [[part.encode() if isinstance(part, str) else part for part in parts] for parts in (one, two)]

    assert (sealing.bound(*one) == sealing.bound(*two)) == (raw[0] == raw[1])


def test_compartments_have_keys_of_their_own():
    made = {sealing.compartment_key(KEY, name) for name in ("contact", "details", "consent")}

    assert len(made) == 3
    assert sealing.compartment_key(OTHER_KEY, "contact") not in made
