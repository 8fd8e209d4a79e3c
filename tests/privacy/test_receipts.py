"""The receipt: what derives from it, and what does not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import codes, receipts
from privacy.keyring import KeyRefused
from privacy.receipts import Receipt, ReceiptMalformed

secrets = st.binary(min_size=32, max_size=32)
KEY = "0123456789abcdefABCDEF"


def derived(receipt: Receipt) -> list[bytes]:
    return [
        receipt.token_hash,
        receipt.digest,
        receipt.wrap_key,
        receipt.registration.bytes,
        receipt.erasure,
        *(receipt.change(count) for count in range(5)),
    ]


@given(secret=secrets)
def test_a_receipt_is_written_in_one_way_only(secret):
    receipt = Receipt(secret)

    assert receipts.parse(receipt.text) == receipt
    assert len(receipt.text) == 43


@given(secret=secrets)
def test_everything_derives_under_its_own_label(secret):
    assert len({*derived(Receipt(secret)), secret}) == 11
    assert derived(Receipt(secret)) == derived(Receipt(secret))


@given(secret=secrets)
def test_the_id_is_shaped_as_any_other_and_gives_the_number(secret):
    receipt = Receipt(secret)
    first, last = receipts.range_of(receipt.number)

    assert receipt.registration.version == 4
    assert first <= receipt.registration <= last
    assert receipt.number == receipts.number_of(receipt.registration)


def test_a_mistyped_number_means_nothing():
    with pytest.raises(codes.Mistyped):
        receipts.range_of("0000-0000-1")


@pytest.mark.parametrize(
    "text", ["", "x" * 42, "x" * 44, "x" * 42 + "=", "x" * 42 + "+", "ä" * 43, "A" * 42 + "B", " " + "A" * 42, "A" * 42 + "\n"]
)
def test_what_is_no_receipt_is_refused(text):
    with pytest.raises(ReceiptMalformed):
        receipts.parse(text)


def test_a_receipt_shows_nothing():
    receipt = receipts.fresh()

    assert repr(receipt) == str(receipt) == "Receipt()"


def test_no_two_fresh_ones_are_alike():
    assert len({receipts.fresh().secret for _ in range(50)}) == 50


def test_the_same_request_gives_the_same_receipt():
    again = receipts.repeatable(KEY, b"{}", window=7)

    assert receipts.repeatable(KEY, b"{}", window=7) == again
    assert receipts.repeatable(KEY, b"{ }", window=7) != again
    assert receipts.repeatable(KEY + "x", b"{}", window=7) != again
    assert receipts.repeatable(KEY, b"{}", window=8) != again


@pytest.mark.parametrize(("hours", "known"), [(0, True), (17.99, True), (24, False), (24 * 365, False), (-7, False)])
@pytest.mark.parametrize("first", [0, 1, 5.99])
def test_a_repetition_finds_its_receipt_for_eighteen_hours_and_never_after_a_day(first, hours, known):
    stored = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(hours=first)
    receipt = receipts.repeatable(KEY, b"{}", window=receipts.window(stored))
    found = receipts.repeated(KEY, b"{}", digest=receipt.digest, at=stored + timedelta(hours=hours))

    assert found == (receipt if known else None)


def test_fingerprints_have_labels():
    assert receipts.fingerprint("key", b"x") != receipts.fingerprint("body", b"x")


def test_who_has_no_receipts_key_cannot_repeat(settings):
    settings.ROLE_KEYS = ("support",)

    with pytest.raises(KeyRefused):
        receipts.repeatable(KEY, b"{}", window=7)
    with pytest.raises(KeyRefused):
        receipts.fingerprint("key", b"x")


def test_mailed_tokens_have_hashes_by_kind():
    token = b"t" * 32
    made = {receipts.token_hash(token), receipts.reply_digest("confirm", token), receipts.reply_digest("unsubscribe", token)}

    assert len(made) == 3
