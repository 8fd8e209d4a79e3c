"""Signed statements: one algorithm, and a header that names the key."""

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from privacy import statements
from privacy.keyring import KeyRefused
from privacy.statements import StatementBroken

CLAIMS = {"digest": "00", "status": "accepted", "reason": None}


def part(content: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def refused(statement: str, public: ed25519.Ed25519PublicKey | None = None) -> bool:
    try:
        statements.verify(statement, public=public or statements.public_key("statements"))
    except StatementBroken:
        return True
    return False


def test_a_statement_says_what_was_signed_and_by_which_key():
    signed = statements.sign(CLAIMS, name="statements")

    assert statements.verify(signed, public=statements.public_key("statements")) == CLAIMS
    assert jwt.get_unverified_header(signed) == {"alg": "EdDSA", "kid": "statements@1", "typ": "JWT"}


def test_each_key_signs_for_itself():
    assert refused(statements.sign(CLAIMS, name="statements"), statements.public_key("acknowledge"))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256", "EdDSA2", "eddsa", ""])
def test_no_other_algorithm_is_believed(algorithm):
    _, body, signature = statements.sign(CLAIMS, name="statements").split(".")
    header = part({"alg": algorithm, "typ": "JWT"})

    assert refused(f"{header}.{body}.{signature}")
    assert refused(f"{header}.{body}.")


def test_the_public_key_is_no_shared_secret():
    public = statements.public_key("statements").public_bytes_raw()
    forged = jwt.encode(CLAIMS, public, algorithm="HS256", headers={"kid": "statements@1"})

    assert refused(forged)


def test_every_part_is_covered():
    header, body, signature = statements.sign(CLAIMS, name="statements").split(".")

    assert refused(f"{part({'alg': 'EdDSA', 'typ': 'JWT', 'kid': 'other@1'})}.{body}.{signature}")
    assert refused(f"{header}.{part({'status': 'refused'})}.{signature}")
    assert refused(f"{header}.{body}.{'A' * len(signature)}")
    assert refused(f"{header}.{body}")
    assert refused("")


def test_who_has_no_key_signs_nothing(settings):
    settings.ROLE_KEYS = ("acknowledge",)

    assert statements.sign(CLAIMS, name="acknowledge")
    with pytest.raises(KeyRefused):
        statements.sign(CLAIMS, name="statements")
