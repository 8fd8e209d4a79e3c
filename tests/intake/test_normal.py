"""The one spelling of what people write."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake import normal
from intake.normal import NotNormal


def faulty(clean, *args, **options) -> str | None:
    """The code of the fault, or None."""
    try:
        clean(*args, **options)
    except NotNormal as error:
        assert str(error) == error.code
        return error.code
    return None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  ada@example.org ", "ada@example.org"),
        ("Ada.Example@EXAMPLE.ORG", "Ada.Example@example.org"),
        ("ada+news@example.org", "ada+news@example.org"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@BÜCHER.example", "ada@bücher.example"),
        ("dörte@example.org", "dörte@example.org"),
        ("do\u0308rte@example.org", "dörte@example.org"),
        ("", None),
        ("   ", None),
    ],
)
def test_an_address_is_kept_as_it_is_written_to(typed, kept):
    assert normal.email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["ada", "ada@", "@example.org", "ada@@example.org", "a da@example.org", "ada@example..org", "ada@localhost", "<ada@example.org>",
     "Ada <ada@example.org>", "ada@example.org,bob@example.org", "ada@[127.0.0.1]", '"a b"@example.org', "ada\0@example.org",
     "ada@exam\u202eple.org", "ada@example.org\r\nBcc: x@example.org", ".ada@example.org", f"{'a' * 65}@example.org"],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused(typed):
    assert faulty(normal.email, typed) == "invalid"


def test_a_long_address_is_refused_before_it_is_parsed():
    assert faulty(normal.email, "a" * 100_000 + "@example.org") == "too-long"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ada@example.org", "ADA@EXAMPLE.ORG", True),
        ("ada@bücher.example", "ada@xn--bcher-kva.example", True),
        ("DÖRTE@example.org", "do\u0308rte@example.org", True),
        ("straße@example.org", "STRASSE@example.org", False),
        ("ada@straße.example", "ada@strasse.example", False),
        ("a.da@example.org", "ada@example.org", False),
        ("ada+news@example.org", "ada@example.org", False),
        ("ada@example.org", "ada@example.com", False),
    ],
)
def test_which_spellings_are_one_mailbox(one, other, same):
    assert (normal.mailbox(one) == normal.mailbox(other)) is same


@given(local=st.from_regex(r"[a-zA-Z0-9]{1,20}", fullmatch=True))
def test_keeping_and_finding_an_address_settle_at_once(local):
    kept = normal.email(f"{local}@Example.ORG")

    assert kept
    assert normal.email(kept) == kept
    assert normal.mailbox(normal.mailbox(kept)) == normal.mailbox(kept) == f"{local.lower()}@example.org"


PARTS = st.text("abAB01.-+_'", min_size=1, max_size=20)
ENDINGS = st.sampled_from(["org", "COM", "test", "local", "xn--p1ai", "c1", "ONION", "example"])


@pytest.mark.parametrize("way", [normal.email, normal.mailbox])
@given(address=st.builds("{}@{}.{}".format, PARTS, st.sampled_from(["example", "a-b.X1"]) | PARTS, ENDINGS))
def test_the_short_way_leads_where_the_long_one_does(way, address):
    try:
        short = way(address)
    except ValueError:
        short = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(normal, "SHORT", 0)
        try:
            assert way(address) == short
        except ValueError:
            assert short is None


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
    assert normal.day(typed) == kept


@pytest.mark.parametrize(
    "typed", ["1969-12-31", "2026-02-29", "20.11.2026", "2026-W47-5", "20261120", "2026-11-20T10:00", "x", "２０２６-11-20"]
)
def test_what_is_no_day_is_refused(typed):
    assert faulty(normal.day, typed) == "invalid"


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("ABCDE-FGHJK-MNPQR-STVWX-YZ012", True),
        ("abcdefghjkmnpqrstvwxyz0123"[:25], True),
        ("ABCDE FGHJK MNPQR STVWX YZ012", True),
        ("O1234-I2345-L3456-56789-ABCDE", True),
        ("Key: ABCDE-FGHJK-MNPQR-STVWX-YZ012.", True),
        ("1 Example Road\nABCDE-FGHJK-MNPQR-STVWX-YZ012\n10115 Berlin", True),
        ("ABCDE–FGHJK–MNPQR–STVWX–YZ012", True),
        ("SN1 ABCDE FGHJK MNPQR STVWX YZ012", True),
        ("abcde-fghjk-mnpqr-stvwx-yz012@example.org", True),
        ("ABCDE-FGHJK-MNPQR-STVWX", False),
        ("ABCDE-FGHJK MNPQR/STVWX-YZ012", False),
        ("SN ABCDE-FGHJK-MNPQR-STVWX-YZABC", False),
        ("0b3f6a3e-9c1d-4e7a-8f2b-5d6c7e8f9a0b", False),
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
    for clean in (normal.email, normal.country, normal.language, normal.day):
        assert faulty(clean, text) in {None, "invalid", "too-long"}
    assert faulty(normal.phone, text, "DE") in {None, "invalid"}
    assert faulty(normal.line, text, longest=30) in {None, "invalid", "too-long"}
    assert faulty(normal.lines, text, longest=30, most=3) in {None, "invalid", "too-long"}
