"""Registration numbers: every mistyped one is found."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import codes
from privacy.codes import ALPHABET, Mistyped

SAMPLES = (
    bytes(5),
    b"\xff" * 5,
    b"\x12\x34\x56\x78\x9a",
    b"\0\0\0\0\1",
    *(hashlib.sha256(bytes([one])).digest()[:5] for one in range(12)),
)


def good(text: str) -> bool:
    try:
        codes.parse(text)
    except Mistyped:
        return False
    return True


def plain(text: str) -> str:
    return text.replace("-", "")


@given(five=st.binary(min_size=5, max_size=5))
def test_a_number_says_its_bytes(five):
    assert codes.parse(codes.number(five)) == five


@pytest.mark.parametrize("five", SAMPLES)
def test_every_wrong_symbol_is_found(five):
    text = plain(codes.number(five))
    wrong = [text[:place] + symbol + text[place + 1 :] for place in range(9) for symbol in ALPHABET if symbol != text[place]]

    assert len(wrong) == 9 * 31
    assert [each for each in wrong if good(each)] == []


@pytest.mark.parametrize("five", SAMPLES)
def test_every_swap_is_found(five):
    text = plain(codes.number(five))
    pairs = [(left, right) for left in range(9) for right in range(left + 1, 9) if text[left] != text[right]]
    swapped = []
    for left, right in pairs:
        symbols = list(text)
        symbols[left], symbols[right] = symbols[right], symbols[left]
        swapped.append("".join(symbols))

    assert [each for each in swapped if good(each)] == []


def test_a_number_is_forgiven_its_spelling():
    assert codes.number(b"\0\0\0\x84\x21") == "0000-1111-P"

    for spelled in ("oOo0-lIi1-p", " 0000 1111 P ", "00001111p", "0-0-0-0-1-1-1-1-P"):
        assert codes.parse(spelled) == b"\0\0\0\x84\x21"


@pytest.mark.parametrize("text", ["", "0000-1111", "0000-1111-88", "0000-111U-8", "0000-1111-9", "٠٠٠٠-1111-8", "0" * 100_000])
def test_what_is_no_number_is_refused(text):
    assert not good(text)
