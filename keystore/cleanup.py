"""Tidying the keystore: expired tokens, grants that are not needed any more, and rows that belong to nothing."""

import uuid
from collections.abc import Collection
from datetime import date, timedelta

from keystore import grants, mailboxes
from keystore.confirmations import GRACE
from keystore.grants import Opened
from keystore.models import EmailIndex, Grant, MailboxDay, Token

PERMISSIONS = (Token.Kind.PENDING, Token.Kind.CONFIRM)
KEEP_EXPIRED = timedelta(days=14)
REMEMBER = timedelta(days=30)


def expired(*, day: date) -> set[tuple[uuid.UUID, str]]:
    """The choices whose mailbox did not answer in time. What it said on the last day may still be filed on the next."""
    found = Token.objects.using("keystore").filter(kind__in=PERMISSIONS, expires__lt=day - GRACE, registration_id__isnull=False)
    return {(registration, purpose) for registration, purpose in found.values_list("registration_id", "purpose") if registration}


def end(ended: Collection[tuple[uuid.UUID, str]], *, day: date) -> None:
    """Delete expired tokens of every kind, and old mail counts. A link that expired stays for a while, to say so."""
    tokens = Token.objects.using("keystore")
    tokens.filter(expires__lt=day).exclude(kind__in=PERMISSIONS).delete()
    if ended:
        tokens.filter(kind=Token.Kind.PENDING, expires__lt=day - GRACE).delete()
        mailed = tokens.filter(kind=Token.Kind.CONFIRM, expires__lt=day - GRACE)
        mailed.update(kind=Token.Kind.EXPIRED, expires=day + KEEP_EXPIRED)
    MailboxDay.objects.using("keystore").filter(day__lte=day - mailboxes.COUNTED_DAYS).delete()


def custody(registrations: Collection[uuid.UUID]) -> dict[uuid.UUID, Opened]:
    """Open many registrations with the registrar's own grants."""
    return grants.open_many(registrations, purpose=grants.CUSTODY)


def served() -> set[uuid.UUID]:
    """The registrations that the mailer may open for service mail."""
    return set(Grant.objects.using("keystore").filter(purpose=grants.SERVICE).values_list("registration_id", flat=True))


def dismiss(registrations: Collection[uuid.UUID]) -> int:
    """Take the mailer's service grants away."""
    done, _ = Grant.objects.using("keystore").filter(purpose=grants.SERVICE, registration_id__in=list(registrations)).delete()
    return done


def registrations(*, after: uuid.UUID, most: int) -> list[uuid.UUID]:
    """Ids that the keystore knows, in order, from *after* on."""
    found = Grant.objects.using("keystore").filter(registration_id__gt=after).order_by("registration_id")
    return list(found.values_list("registration_id", flat=True).distinct()[:most])


def sweep(orphans: Collection[uuid.UUID], *, day: date) -> int:
    """Delete every row of registrations that do not exist. What their receipts lowered is remembered as before filing."""
    ids = list(orphans)
    if ids:
        Grant.objects.using("keystore").filter(registration_id__in=ids).delete()
        EmailIndex.objects.using("keystore").filter(registration_id__in=ids).delete()
        tokens = Token.objects.using("keystore").filter(registration_id__in=ids)
        tokens.filter(refused=[]).delete()
        tokens.update(registration_id=None, wrapped=None, expires=day + REMEMBER)
    return len(ids)
