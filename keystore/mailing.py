"""The mailer's part of the keystore: tokens to arm, and tokens and grants to hold while a mail is handed over."""

import uuid
from collections.abc import Collection, Iterable
from datetime import date

from keystore import grants
from keystore.models import Grant, Token

PERMISSIONS = (Token.Kind.PENDING, Token.Kind.CONFIRM)


def waiting(registration: uuid.UUID, *, day: date) -> list[str]:
    """The purposes of one registration that wait for its mailbox."""
    found = Token.objects.using("keystore").filter(registration_id=registration, kind__in=PERMISSIONS, expires__gte=day)
    return sorted(found.values_list("purpose", flat=True))


def arm(registration: uuid.UUID, hashes: dict[str, bytes]) -> set[str]:
    """Store the hashes of new tokens on the rows that permit them; which were stored. Without a row a token is void."""
    tokens = Token.objects.using("keystore").filter(registration_id=registration, kind__in=PERMISSIONS)
    return {
        purpose
        for purpose, token_hash in hashes.items()
        if tokens.filter(purpose=purpose).update(hash=token_hash, kind=Token.Kind.CONFIRM)
    }


def hold_tokens(wanted: dict[bytes, str]) -> dict[str, date]:
    """Lock armed tokens until the transaction ends, so that a withdrawal waits; the purposes that still stand, and until when."""
    held = Token.objects.using("keystore").select_for_update().filter(hash__in=list(wanted), kind=Token.Kind.CONFIRM)
    return {wanted[bytes(token.hash)]: token.expires for token in held if token.hash and token.expires}


def hold_service(registrations: Collection[uuid.UUID]) -> bool:
    """Lock the mailer's own grants until the transaction ends, so that an erasure waits; whether all of them stand."""
    held = Grant.objects.using("keystore").select_for_update(of=("self",), no_key=True)
    found = held.filter(registration_id__in=list(registrations), purpose=grants.SERVICE).order_by("registration_id")
    return len(found) == len(registrations)


def hold_grants(registration: uuid.UUID, purposes: Iterable[str]) -> dict[str, bytes]:
    """Lock marketing grants until the transaction ends; the secrets of the links that end them."""
    held = Grant.objects.using("keystore").select_for_update(of=("self",), no_key=True)
    found = held.filter(registration_id=registration, purpose__in=list(purposes)).order_by("purpose")
    return {grant.purpose: grants.opened(grant).unsubscribe for grant in found}
