"""The letterbox: what is in it can be read by the registrar only, and what is acknowledged is there."""

from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection

from intake import letterbox, letters
from intake.letterbox import IdempotencyMismatch, LetterboxFull, Marks, ReceiptUsed, Repeated
from intake.letters import Contact, Details, Register
from intake.models import Letter
from privacy import letter_sealing, receipts, sealing
from privacy.keyring import KeyRefused
from web.strict_json import TooLarge

NOW = datetime.now(UTC)
VALUES = ("ada@example.org", "Ada Example", "Example GmbH", "SN-1042")
RECEIPT = receipts.fresh()


def letter(product: str = "srv-std") -> Register:
    return Register(
        receipt=RECEIPT.secret,
        product=product,
        manufacturer=None,
        contact=Contact(email=VALUES[0], name=VALUES[1], company=VALUES[2]),
        details=Details(serial=VALUES[3]),
        choices=(letters.Choice("updates", "vendor", granted=True, wording="0" * 64),),
        notice=None,
        channel="api",
    )


def post(
    sent: letters.Any | None = None, *, digest: bytes = RECEIPT.digest, marks: Marks = letterbox.UNMARKED, **more: object
) -> bool:
    return letterbox.post(sent or letter(), digest=digest, at=NOW, marks=marks, **more)


def cells() -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM intake_letter")
        return b"".join(
            bytes(cell) if isinstance(cell, (bytes, memoryview)) else str(cell).encode() for cell in cursor.fetchall()[0]
        )


def test_a_letter_opens_for_the_registrar(db):
    assert post() is True
    row = Letter.objects.get()

    opened = letters.decode(
        letter_sealing.from_letter(bytes(row.sealed), origin=row.origin, epoch=row.epoch, digest=bytes(row.digest))
    )
    assert opened == letter()
    assert (row.status, row.arrived_at, row.origin) == ("waiting", NOW, "public")


def test_nothing_of_a_letter_is_readable(db):
    post()
    stored = cells()

    assert RECEIPT.digest in stored  # so the search would find what stands there
    assert not [value for value in (*(v.encode() for v in VALUES), RECEIPT.secret, RECEIPT.text.encode()) if value in stored]


def test_posting_needs_the_public_key_only(db, settings):
    settings.ROLE_KEYS = ("intake.public",)

    assert post() is True
    row = Letter.objects.get()
    with pytest.raises(KeyRefused):
        letter_sealing.from_letter(bytes(row.sealed), origin="public", epoch=row.epoch, digest=RECEIPT.digest)


def test_posting_again_changes_nothing(db):
    post()
    before = cells()

    assert post() is False
    assert cells() == before


def test_a_digest_or_a_key_that_came_with_something_else_is_told_apart(db):
    post(marks=Marks(b"k" * 32, b"b" * 32))

    assert post(marks=Marks(b"k" * 32, b"b" * 32)) is False
    assert post(marks=Marks(b"o" * 32, b"b" * 32)) is False
    with pytest.raises(ReceiptUsed):
        post(marks=Marks(b"o" * 32, b"c" * 32))
    with pytest.raises(ReceiptUsed):
        post(marks=Marks(None, b"c" * 32))
    with pytest.raises(IdempotencyMismatch):
        post(marks=Marks(b"k" * 32, b"c" * 32))
    with pytest.raises(Repeated) as earlier:
        post(digest=b"d" * 32, marks=Marks(b"k" * 32, b"b" * 32))
    assert bytes(earlier.value.digest) == bytes(Letter.objects.get().digest)
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(("times", "queries"), [(1, 1), (2, 3)])
def test_a_letter_is_one_query_and_a_repetition_two(db, django_assert_num_queries, times, queries):
    with django_assert_num_queries(queries):
        for _ in range(times):
            post()


def full(*_: object) -> None:
    """A database that takes nothing."""
    raise OperationalError("disk full: ada@example.org")


def test_a_full_letterbox_acknowledges_nothing(db):
    with connection.execute_wrapper(full), pytest.raises(LetterboxFull) as refused:
        post()
    assert "ada" not in str(refused.value)
    assert not Letter.objects.exists()


def test_the_caller_is_told_to_try_again(life, client):
    life.register()
    with connection.execute_wrapper(full):
        answer = client.post("/api/v1/registrations", '{"product": "srv-std"}', content_type="application/json")
        asked = client.get(f"/api/v1/submissions/{'00' * 32}")

    for refused in (answer, asked):
        assert (refused.status_code, refused.json()["type"], refused["Retry-After"]) == (503, "/problems/try-again", "5")


def test_no_key_is_no_letter(life, client, settings, tmp_path):
    settings.KEY_DIRECTORY = tmp_path

    answer = client.post("/api/v1/registrations", '{"product": "srv-std"}', content_type="application/json")

    assert answer.status_code == 503
    assert not Letter.objects.exists()


def test_the_service_takes_no_huge_body_whatever_door_it_came_through(life):
    with pytest.raises(TooLarge):
        life.post(b'{"product":"srv-std"}' + b" " * 16 * 1024)

    assert not Letter.objects.exists()


def test_the_origin_is_sealed_in(db):
    post(origin="console")
    row = Letter.objects.get()

    with pytest.raises(sealing.SealBroken):
        letter_sealing.from_letter(bytes(row.sealed), origin="public", epoch=row.epoch, digest=RECEIPT.digest)


def test_filed_is_blank(life):
    life.register()
    assert Letter.objects.get().sealed

    life.sweep()

    row = Letter.objects.get()
    assert (row.status, row.sealed, row.arrived_at) == ("accepted", None, None)
    assert str(row) == "accepted letter"


def test_letters_show_nothing():
    shown = repr(letter()) + str(letter()) + repr(letter().contact) + repr(letters.Choice("updates", "vendor", granted=True))

    assert shown == "Register(…)Register(…)Contact(…)Choice(…)"


def test_only_what_comes_from_outside_may_come_from_outside():
    assert set(letters.ORIGINS) == set(letters.Any.__args__)
    assert all(letters.PUBLIC in origins for origins in letters.ORIGINS.values())


def test_the_week_of_arrival_chooses_the_key(db):
    post()

    assert Letter.objects.get().epoch == f"{NOW:%G-W%V}"
