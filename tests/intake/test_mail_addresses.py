"""The one spelling of an address for mail, and which spellings are one mailbox."""

from email.headerregistry import Address

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake import normal
from tests.intake import hostile_addresses
from tests.intake.cleaning import faulty


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  ada@example.org ", "ada@example.org"),
        ("Ada.Example@EXAMPLE.ORG", "ada.example@example.org"),
        ("ada+news@example.org", "ada+news@example.org"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("Ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@βόλος.example", "ada@xn--nxasmm1c.example"),
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
     "ada@exam\u202eple.org", "ada@example.org\r\nBcc: x@example.org", ".ada@example.org", f"{'a' * 65}@example.org",
     "ada%example.com@example.org", "example.com!ada@example.org"],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused(typed):
    assert faulty(normal.email, typed) == "invalid"


@pytest.mark.parametrize("typed", ["dörte@example.org", "ſ@example.org", "\u212a@example.org", "ада@example.org"])
def test_what_mail_servers_may_not_carry_before_the_at_sign_is_refused_by_its_own_code(typed):
    assert faulty(normal.email, typed) == "email-not-ascii"


def test_every_address_that_is_taken_is_ascii_and_canonical_and_no_other_error_comes_out():
    taken = {}
    for typed in hostile_addresses.addresses():
        try:
            taken[typed] = normal.email(typed)
        except normal.NotNormal as refused:
            assert refused.code in {"invalid", "too-long", "email-not-ascii"}

    assert len(list(hostile_addresses.addresses())) >= 300
    assert len(taken) > 40
    for typed, kept in taken.items():
        assert kept.isascii()
        assert kept == kept.lower() == normal.email(kept) == normal.mailbox(typed)
        local, _, domain = kept.rpartition("@")
        assert idna.encode(idna.decode(domain)).decode() == domain
        assert Address(addr_spec=kept).addr_spec == kept
        assert local == typed.strip().rpartition("@")[0].lower()
    assert taken["ada@straße.example"] != taken["ada@strasse.example"]


def test_a_long_address_is_refused_before_it_is_parsed():
    assert faulty(normal.email, "a" * 100_000 + "@example.org") == "too-long"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ada@example.org", "ADA@EXAMPLE.ORG", True),
        ("ada@bücher.example", "ada@xn--bcher-kva.example", True),
        ("ada@βόλος.example", "ada@βόλοσ.example", False),
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
