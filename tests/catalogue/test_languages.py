"""The language that suits best, and countries by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import countries, languages

OFFERED = ("de", "en", "pt-BR", "zh-Hant")


@pytest.mark.parametrize(
    "wanted, accept, found",
    [
        (None, None, "en"),
        ("de", "en", "de"),
        ("DE-at", None, "de"),
        ("fr", "de;q=0.5, fr", "de"),
        ("fr", "*", "en"),
        (None, "fr, de-CH-1996;q=0.9, en;q=0.8", "de"),
        (None, "en;q=0.4, de;q=0.6", "de"),
        (None, "de;q=0, pt-br;q=0.1", "pt-BR"),
        (None, "zh-Hant-TW", "zh-Hant"),
        (None, "zh", "en"),
        (None, "de-x-private", "de"),
        (None, "de;q=high, pt-BR;q=2", "en"),
        (None, "de;q=nan", "en"),
        ("x" * 5000, "," * 5000 + "de", "en"),
    ],
)
def test_the_language_is_looked_up_from_the_wish_down_to_english(wanted: str | None, accept: str | None, found: str) -> None:
    assert languages.negotiate(wanted, accept, OFFERED) == found


def test_where_there_is_no_english_the_first_is_taken() -> None:
    assert languages.negotiate("fr", None, ["de"]) == "de"
    assert languages.negotiate("fr", None, []) == "en"


@given(wanted=st.text(), accept=st.text())
def test_whatever_comes_in_something_offered_comes_out(wanted: str, accept: str) -> None:
    assert languages.negotiate(wanted, accept, OFFERED) in OFFERED


def test_there_are_249_countries_and_no_code_beside_them() -> None:
    assert len(countries.names("en")) == len(countries.CODES) == 249
    assert countries.known("DE")
    assert not any(countries.known(code) for code in ("EU", "UN", "XK", "ZZ", "de", ""))


def test_countries_stand_in_the_order_of_the_language() -> None:
    german = [name for _, name in countries.names("de")]

    assert ("DE", "Deutschland") in countries.names("de")
    assert german.index("Afghanistan") < german.index("Ägypten") < german.index("Albanien")
    assert german[-1] == "Zypern"


@pytest.mark.parametrize("language", ["tlh", "../../etc", "", "x"])
def test_a_language_without_names_gets_english_ones(language: str) -> None:
    assert countries.names(language) == countries.names("en")
