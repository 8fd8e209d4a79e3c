"""The one spelling of what people write; that of addresses for mail is tested beside this."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake import normal
from tests.intake.cleaning import faulty


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("+49 30 1234567", None, "+49301234567"),
        ("030 1234567", "DE", "+49301234567"),
        ("(030) 123-4567", "DE", "+49301234567"),
        ("0049 30 1234567", "DE", "+49301234567"),
        ("+1 (202) 555-0143", "DE", "+12025550143"),
        ("202-555-0143", "US", "+12025550143"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("", "DE", None),
    ],
)
def test_a_telephone_number_is_kept_in_one_form(typed, country, kept):
    assert normal.phone(typed, country) == kept


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("030 1234567", None),
        ("ada", "DE"),
        ("1", "DE"),
        ("+49", None),
        ("+999 1234567", None),
        ("1" * 300, "DE"),
        ("+1 202 555", None),
    ],
)
def test_what_cannot_be_a_telephone_number_is_refused(typed, country):
    assert faulty(normal.phone, typed, country) == "invalid"


@pytest.mark.parametrize(("typed", "kept"), [("DE", "DE"), ("de", "DE"), (" us ", "US"), ("", None)])
def test_a_country_is_two_capitals(typed, kept):
    assert normal.country(typed) == kept


@pytest.mark.parametrize("typed", ["ZZ", "DEU", "Germany", "D", "EU", "276", "ＤＥ"])
def test_what_is_no_country_is_refused(typed):
    assert faulty(normal.country, typed) == "invalid"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("pt-br", "pt-BR"),
        ("PT_BR", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("sl-ROZAJ", "sl-rozaj"),
        ("", None),
    ],
)
def test_a_language_tag_has_its_usual_capitals(typed, kept):
    assert normal.language(typed) == kept


@pytest.mark.parametrize("typed", ["german", "d", "de-", "de--AT", "de AT", "de\n", "x" * 500, "de-" + "a" * 9, "de;q=1"])
def test_what_is_no_language_tag_is_refused(typed):
    assert typed.strip() == "de" or faulty(normal.language, typed) == "invalid"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ada  Example ", "Ada  Example"),
        ("Zoe\u0308", "Zoë"),
        ("O'Neil-Müller 王", "O'Neil-Müller 王"),
        ("x" * 20, "x" * 20),
        ("\n Ada \t", "Ada"),
        ("", None),
        ("   ", None),
    ],
)
def test_a_line_keeps_what_is_written(typed, kept):
    assert normal.line(typed, longest=20) == kept


@pytest.mark.parametrize(
    "sign", ["\0", "\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\u200f", "\u061c", "\ud800"]
)
def test_a_line_holds_nothing_that_is_not_seen(sign):
    assert faulty(normal.line, f"a{sign}b", longest=20) == "invalid"


def test_a_line_has_an_end():
    assert faulty(normal.line, "x" * 21, longest=20) == "too-long"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Weg 1\n10115 Berlin", "Weg 1\n10115 Berlin"),
        ("Weg 1\r\n 10115 Berlin \r\n", "Weg 1\n10115 Berlin"),
        ("\n\nWeg 1\n\n10115 Berlin\n", "Weg 1\n\n10115 Berlin"),
        ("\n \n", None),
        ("", None),
    ],
)
def test_an_address_has_lines(typed, kept):
    assert normal.lines(typed, longest=100, most=4) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("a\nb\nc\nd\ne", "too-long"),
        ("a" * 60 + "\n" + "b" * 60, "too-long"),
        ("a\rb", "invalid"),
        ("a\x0bb", "invalid"),
        ("a\0", "invalid"),
    ],
)
def test_what_is_no_address_is_refused(typed, code):
    assert faulty(normal.lines, typed, longest=100, most=4) == code


@pytest.mark.parametrize(("typed", "kept"), [("2026-11-20", date(2026, 11, 20)), (" 1970-01-01 ", date(1970, 1, 1)), ("", None)])
def test_a_day_is_a_day(typed, kept):
    assert normal.day(typed, latest=date(2026, 11, 20)) == kept


@pytest.mark.parametrize(
    "typed", ["1969-12-31", "2026-02-29", "20.11.2026", "2026-W47-5", "20261120", "2026-11-20T10:00", "x", "２０２６-11-20"]
)
def test_what_is_no_day_is_refused(typed):
    assert faulty(normal.day, typed, latest=date(2100, 1, 1)) == "invalid"


def test_a_day_that_has_not_come_is_refused_by_its_own_code():
    assert faulty(normal.day, "2026-11-21", latest=date(2026, 11, 20)) == "in-future"


@pytest.mark.parametrize("typed", ["A\u200bda", "\ufeffAda", "A\u00adda", "Ada\U000e0041", "A\u200dda", "\u3164", "A\u2060da"])
def test_what_nobody_sees_has_no_place_in_a_line(typed):
    assert faulty(normal.line, typed, longest=200) == "invalid"


@pytest.mark.parametrize("typed", ["نامه\u200cای", "क्\u200dष", "Zoë Ó Súilleabháin", "李小龍", "O’Brien–Smith"])
def test_letters_of_every_script_are_welcome(typed):
    assert normal.name(typed, longest=200) == typed


@pytest.mark.parametrize("typed", ["=cmd|' /C calc'!A0", "+1+1", " =1"])
def test_a_name_is_no_formula(typed):
    assert faulty(normal.name, typed, longest=200) == "invalid"


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("ABCDE-FGHJK-MNPQR-STVWX-YZ012", True),
        ("abcdefghjkmnpqrstvwxyz0123"[:25], True),
        ("ABCDE FGHJK MNPQR STVWX YZ012", True),
        ("O1234-I2345-L3456-56789-ABCDE", True),
        ("ABCDE-FGHJK-MNPQR-STVWX", False),
        ("ABCDE-FGHJK-MNPQR-STVWX-YZ0123", False),
        ("Donaudampfschifffahrtsge", False),
        ("abcdefghijklmnopqrstvwxyz", False),
        ("SN-1042", False),
        ("", False),
    ],
)
def test_what_looks_like_a_product_key(text, looks):
    assert normal.looks_like_product_key(text) is looks


@given(text=st.text(max_size=60))
def test_no_text_breaks_anything_but_by_a_code(text):
    for clean in (normal.country, normal.language):
        assert faulty(clean, text) in {None, "invalid", "too-long"}
    assert faulty(normal.email, text) in {None, "invalid", "too-long", "email-not-ascii"}
    assert faulty(normal.day, text, latest=date(2026, 11, 20)) in {None, "invalid", "in-future"}
    assert faulty(normal.phone, text, "DE") in {None, "invalid"}
    assert faulty(normal.line, text, longest=30) in {None, "invalid", "too-long"}
    assert faulty(normal.lines, text, longest=30, most=3) in {None, "invalid", "too-long"}
