"""Golden vectors: what is stored today opens tomorrow. A change here is a new suite or a new version, never a new vector.

`vectors.json` was made once, with fixed keys and fixed nonces, by

    python -m tests.privacy.test_vectors

which writes it anew only where it is missing.
"""

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest

from privacy import codes, keyring, letter_sealing, receipts, sealing, statements
from privacy.keyring import FileProvider
from privacy.receipts import Receipt
from privacy.sealing import Envelope, Place

FILE = Path(__file__).with_name("vectors.json")
NAMES = ("intake", "intake.public", "receipts", "statements")
WEEK, MOMENT = "2026-W48", datetime(2026, 11, 24, 12, tzinfo=UTC)
SECRET, DATA_KEY, NONCE = bytes(range(32)), bytes(range(32, 64)), bytes(range(12))
RECORD = uuid.UUID("5f0c5a7e-8a44-4f2d-9c0b-0123456789ab")
PLACE = Place("registration.Registration", RECORD, "contact")
ENVELOPE = Envelope("offers/acme", RECORD, "contact", "offers/acme", "1")
PLAIN = b'{"letter": "canary"}'
DIGEST = bytes(range(64, 96))
CLAIMS = {"digest": "00", "status": "accepted", "reason": None}
KEY, BODY, TOKEN = "0123456789abcdefABCDEF", b'{"product":"srv-std"}', b"t" * 32


class Person(msgspec.Struct, omit_defaults=True):
    email: str
    name: str | None = None


ADA = Person("ada@example.org", "Ada Example")


def sealed() -> dict[str, Any]:
    """Every sealed format. A nonce or an encapsulated key is chance, so that only opening can be repeated."""
    compartment = sealing.compartment_key(DATA_KEY, "contact")
    return {
        "value": sealing.seal(ADA, key=compartment, place=PLACE).hex(),
        "wrap": sealing.wrap(compartment + SECRET, key=SECRET, envelope=ENVELOPE).hex(),
        "chained": [letter_sealing.to_registrar(PLAIN, origin="public", digest=DIGEST, at=MOMENT)[1].hex() for _ in range(3)],
    }


def derived() -> dict[str, Any]:
    """Everything that derives from fixed secrets."""
    receipt = Receipt(SECRET)
    return {
        "text": receipt.text,
        "token_hash": receipt.token_hash.hex(),
        "digest": receipt.digest.hex(),
        "wrap_key": receipt.wrap_key.hex(),
        "registration": str(receipt.registration),
        "number": receipt.number,
        "erasure": receipt.erasure.hex(),
        "changes": [receipt.change(count).hex() for count in (0, 1, 63)],
        "repeatable": receipts.repeatable(KEY, BODY, window=82_000).text,
        "fingerprint": receipts.fingerprint("body", BODY).hex(),
        "mailed_token": receipts.token_hash(TOKEN).hex(),
        "replies": [receipts.reply_digest(kind, TOKEN).hex() for kind in ("confirm", "unsubscribe")],
        "compartments": [sealing.compartment_key(DATA_KEY, name).hex() for name in ("contact", "details", "consent")],
        "numbers": [codes.number(five) for five in (bytes(5), b"\xff" * 5, b"\x12\x34\x56\x78\x9a")],
        "bound": sealing.bound("regsvc", b"\0", "").hex(),
        "statement": statements.sign(CLAIMS, name="statements"),
    }


def make() -> None:
    """Write `vectors.json`, with keys of its own and a nonce that repeats."""
    from django.conf import settings

    private, public = letter_sealing.intake_pair()
    keys = {"intake": private, "intake.public": public, "receipts": SECRET, "statements": DATA_KEY}
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        settings.configure(KEY_DIRECTORY=Path(folder), ROLE_KEYS=NAMES)
        for name, value in keys.items():
            FileProvider(Path(folder)).create(name, WEEK if name.startswith("intake") else "1", value)
        patch.setattr(os, "urandom", lambda count: NONCE[:count])
        made = {"keys": {name: value.hex() for name, value in keys.items()}, "sealed": sealed(), "derived": derived()}
    with FILE.open("x", encoding="utf-8") as file:
        json.dump(made, file, indent=2)
        file.write("\n")


@pytest.fixture
def vectors(tmp_path, settings) -> dict[str, Any]:
    """What is checked in; its keys are this process's."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    for name, value in found["keys"].items():
        FileProvider(tmp_path).create(name, WEEK if name.startswith("intake") else "1", bytes.fromhex(value))
    settings.KEY_DIRECTORY, settings.ROLE_KEYS = tmp_path, NAMES
    return found


def test_a_stored_value_opens(vectors):
    stored = bytes.fromhex(vectors["sealed"]["value"])

    assert stored[:14] == b"\x01\x01" + NONCE
    assert sealing.unseal(stored, Person, key=sealing.compartment_key(DATA_KEY, "contact"), place=PLACE) == ADA


def test_a_stored_wrap_opens(vectors):
    stored = bytes.fromhex(vectors["sealed"]["wrap"])

    assert stored[:13] == b"\x01" + NONCE
    assert sealing.unwrap(stored, key=SECRET, envelope=ENVELOPE) == sealing.compartment_key(DATA_KEY, "contact") + SECRET


@pytest.mark.parametrize("place", [2, 0, 1])
def test_a_stored_letter_of_a_chain_opens(vectors, place):
    stored = bytes.fromhex(vectors["sealed"]["chained"][place])

    assert stored[:3] == bytes((2, 0, place))
    assert letter_sealing.from_letter(stored, origin="public", epoch=WEEK, digest=DIGEST) == PLAIN


def test_a_stored_letter_of_the_first_suite_opens(vectors):
    stored = bytes.fromhex(vectors["sealed"]["letter"])

    assert stored[:1] == b"\x01"
    assert letter_sealing.from_letter(stored, origin="public", epoch=WEEK, digest=DIGEST) == PLAIN


def test_sealing_with_the_same_nonce_gives_the_same_bytes(vectors, monkeypatch):
    monkeypatch.setattr(sealing.os, "urandom", lambda count: NONCE[:count])
    made = sealed()

    assert (made["value"], made["wrap"]) == (vectors["sealed"]["value"], vectors["sealed"]["wrap"])


def test_what_derives_from_a_secret_stays(vectors):
    assert derived() == vectors["derived"]


def test_a_stored_statement_is_good(vectors):
    public = statements.public_key("statements")

    assert statements.verify(vectors["derived"]["statement"], public=public) == CLAIMS


def test_the_current_epoch_is_that_of_the_vectors(vectors):
    assert keyring.ring().current("intake.public", until=keyring.week(MOMENT)).epoch == WEEK


if __name__ == "__main__":
    make()
