"""Product keys: forgiving to read, and every slip of the finger is found and named, never corrected."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation import product_keys
from activation.product_keys import Key, Mistyped, NotAKey
from privacy.codes import ALPHABET

keys = st.builds(Key, st.integers(0, 2**15 - 1), st.integers(0, 2**95 - 1))


def grouped(symbols: list[str]) -> str:
    plain = "".join(symbols)
    return "-".join(plain[start : start + 5] for start in range(0, 25, 5))


@given(keys)
def test_a_key_reads_back(key):
    assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}", key.text)
    assert product_keys.read(key.text) == key


@given(keys)
def test_case_dashes_spaces_and_lookalikes_are_forgiven(key):
    scribbled = key.text.lower().replace("-", "  ").replace("0", "o").replace("1", "l")

    assert product_keys.read(scribbled) == key


@pytest.mark.parametrize(
    "between", ["\u2010", "\u2011", "\u2013", "\u2014", "\u2212", "\xa0", "\u2009", "\u202f", "\t", " \u2013 ", "\r\n"]
)
def test_what_a_mail_or_a_word_processor_made_of_dashes_and_spaces_is_forgiven(between):
    key = product_keys.draw(batch=42)

    assert product_keys.read(key.text.replace("-", between)) == key
    assert product_keys.read(f"\t{key.text}\r\n") == key


def test_every_single_wrong_symbol_is_located():
    symbols = list(product_keys.draw(batch=42).canonical.decode())
    for place in range(25):
        for wrong in set(ALPHABET) - {symbols[place]}:
            with pytest.raises(Mistyped) as caught:
                product_keys.read(grouped([*symbols[:place], wrong, *symbols[place + 1 :]]))
            assert caught.value.place == place
            assert (caught.value.group, caught.value.symbol) == (place // 5 + 1, place % 5 + 1)


@pytest.mark.parametrize("foreign", ["U", "u", "é", "ß", "ı", "ﬁ", "!", "\ud800"])
def test_a_character_that_is_no_symbol_is_located(foreign):
    symbols = list(product_keys.draw(batch=42).canonical.decode())
    for place in range(25):
        with pytest.raises(Mistyped) as caught:
            product_keys.read(grouped([*symbols[:place], foreign, *symbols[place + 1 :]]))
        assert (caught.value.group, caught.value.symbol) == (place // 5 + 1, place % 5 + 1)


def test_of_many_characters_that_are_no_symbols_the_first_is_named():
    with pytest.raises(Mistyped) as caught:
        product_keys.read("ABCDE-FGHJU-UUUUU-ABCDE-ABCDE")
    assert (caught.value.group, caught.value.symbol) == (2, 5)


def test_every_swap_is_found():
    for _ in range(20):
        symbols = list(product_keys.draw(batch=7).canonical.decode())
        for one in range(25):
            for other in range(one + 1, 25):
                if symbols[one] != symbols[other]:
                    swapped = symbols.copy()
                    swapped[one], swapped[other] = swapped[other], swapped[one]
                    with pytest.raises(Mistyped):
                        product_keys.read(grouped(swapped))


def test_two_wrong_symbols_are_always_found():
    dice = random.Random(7)
    for _ in range(3000):
        symbols = list(product_keys.draw(batch=1).canonical.decode())
        for place in dice.sample(range(25), 2):
            symbols[place] = dice.choice([symbol for symbol in ALPHABET if symbol != symbols[place]])
        with pytest.raises(Mistyped):
            product_keys.read(grouped(symbols))


@pytest.mark.parametrize("text", ["", "ABCDE", "é" * 24, "0" * 24, "0" * 26, "0" * 10_000, "-" * 81])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(NotAKey):
        product_keys.read(text)


def test_another_version_is_refused():
    with pytest.raises(NotAKey):
        product_keys.read("0" * 25)


def test_a_batch_has_fifteen_bits():
    with pytest.raises(ValueError, match="15 bits"):
        product_keys.draw(batch=2**15)


def test_nothing_shows_the_body_and_the_locator_is_six_bytes():
    key = product_keys.draw(batch=42)

    assert str(key.body) not in repr(key)
    assert key.text not in repr(key)
    assert len(key.locator) == 6
    assert key.locator != product_keys.draw(batch=42).locator
