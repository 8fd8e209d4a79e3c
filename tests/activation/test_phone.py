"""Numbers for the telephone: every slip is found, and the group that holds it is named."""

import itertools
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation import phone, product_keys
from activation.hardware import Flag, Hardware
from activation.phone import GroupMistyped, Installation, UnknownVersion, WrongLength

units, models = st.integers(1, 63), st.integers(0, 7)
installations = st.builds(
    Installation,
    st.binary(min_size=6, max_size=6),
    st.tuples(*[units] * 4, *[models] * 4).map(lambda each: Hardware(Flag.DOCKABLE, each)),
    st.integers(0, 2**24 - 1),
)
ONE = Installation(b"locat1", Hardware(Flag(0), (1, 2, 3, 4, 5, 6, 7, 1)), 123_456)
NUMBERS = ((phone.installation_id(ONE), 7), (phone.confirmation_id(b"s" * 32, ONE, product="srv-std"), 4))


@given(installations)
def test_an_installation_id_reads_back(installation):
    text = phone.installation_id(installation)

    assert re.fullmatch("([0-9]{6}-){6}[0-9]{6}", text)
    assert phone.read_installation_id(text.replace("-", " ")) == installation
    for between in ("\n", "\u2013", "\u2011", "\xa0", " " * 50):
        assert phone.read_installation_id(text.replace("-", between)) == installation


def test_the_largest_number_still_fits():
    most = Installation(b"\xff" * 6, Hardware(Flag(14), (63, 63, 63, 63, 7, 7, 7, 7)), 2**24 - 1)

    assert phone.read_installation_id(phone.installation_id(most)) == most


@pytest.mark.parametrize(("text", "groups"), NUMBERS)
def test_every_wrong_digit_is_found_and_its_group_named(text, groups):
    digits = text.replace("-", "")
    for place, wrong in itertools.product(range(len(digits)), "0123456789"):
        if wrong != digits[place]:
            with pytest.raises(GroupMistyped) as caught:
                phone.hear(digits[:place] + wrong + digits[place + 1 :], groups)
            assert caught.value.group == "ABCDEFG"[place // 6]


@pytest.mark.parametrize("seed", range(10))
def test_every_swap_of_neighbours_is_found_for_all_words(seed):
    for word in itertools.product("0123456789", repeat=3):
        digits = "".join(word) + phone.check("".join(word), seed)
        for place in range(3):
            swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
            assert swapped == digits or phone.check(swapped, seed) != "0"


@pytest.mark.parametrize(("text", "groups"), NUMBERS)
def test_a_swap_across_the_border_of_groups_is_found(text, groups):
    digits = text.replace("-", "")
    for place in range(len(digits) - 1):
        if digits[place] != digits[place + 1]:
            with pytest.raises(GroupMistyped):
                phone.hear(digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :], groups)


def test_a_group_in_another_place_is_always_refused():
    dice = random.Random(2)
    for _ in range(5000):
        here, there = dice.sample(range(10), 2)
        digits = f"{dice.randrange(10**5):05}"
        assert not phone.fits(digits + phone.check(digits, here), there)


@pytest.mark.parametrize("text", ["", "1", "1" * 41, "1" * 43, "1" * 500, "٣" * 42, "x" * 42, NUMBERS[0][0] + " " * 200 + "1"])
def test_a_wrong_length_is_no_mistyped_group(text):
    with pytest.raises(WrongLength):
        phone.read_installation_id(text)


def test_another_version_or_no_unit_id_is_unknown():
    nothing = Installation(b"locat1", Hardware(Flag(0), (0, 0, 0, 0, 1, 1, 1, 1)), 1)

    for text in (phone.spell(2 << 112, 7), phone.installation_id(nothing)):
        with pytest.raises(UnknownVersion):
            phone.read_installation_id(text)


@given(installations, installations)
def test_a_confirmation_is_good_for_one_computer_one_nonce_and_one_key(one, other):
    secret = phone.secret_of(product_keys.draw(batch=1))
    text = phone.confirmation_id(secret, one, product="srv-std")

    assert re.fullmatch("([0-9]{6}-){3}[0-9]{6}", text)
    assert phone.confirms(text, secret, one, product="srv-std")
    assert not phone.confirms(text, secret, one, product="srv-ent")
    assert not phone.confirms(text, secret, one._replace(nonce=one.nonce ^ 1), product="srv-std")
    assert not phone.confirms(text, phone.secret_of(product_keys.draw(batch=1)), one, product="srv-std")
    assert one == other or not phone.confirms(text, secret, other, product="srv-std")


def test_a_mistyped_confirmation_is_told_from_a_refused_one():
    secret = phone.secret_of(product_keys.draw(batch=1))
    good = phone.confirmation_id(secret, ONE, product="srv-std")
    wrong = good[:-1] + str((int(good[-1]) + 1) % 10)

    with pytest.raises(GroupMistyped):
        phone.confirms(wrong, secret, ONE, product="srv-std")
    assert phone.confirms(phone.spell(12_345, 4), secret, ONE, product="srv-std") is False
