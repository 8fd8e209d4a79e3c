"""Tidying the keystore: expired tokens, grants that are not needed any more, and rows that belong to nothing."""

import uuid
from collections.abc import Collection
from datetime import date, timedelta

from keystore import grants
from keystore.grants import Opened
from keystore.models import EmailIndex, Grant, MailboxDay, Token

PERMISSIONS = (Token.Kind.PENDING, Token.Kind.CONFIRM)


def expired(*, day: date) -> set[tuple[uuid.UUID, str]]:
    """The choices whose mailbox did not answer in time."""
    found = Token.objects.using("keystore").filter(kind__in=PERMISSIONS, expires__lt=day, registration_id__isnull=False)
    return {(registration, purpose) for registration, purpose in found.values_list("registration_id", "purpose") if registration}


def end(ended: Collection[tuple[uuid.UUID, str]], *, day: date) -> None:
    """Delete expired tokens of every kind, and old mail counts."""
    tokens = Token.objects.using("keystore")
    if ended:
        tokens.filter(kind__in=PERMISSIONS, expires__lt=day).delete()
    tokens.filter(expires__lt=day).exclude(kind__in=PERMISSIONS).delete()
    MailboxDay.objects.using("keystore").filter(day__lt=day - timedelta(days=1)).delete()


def custody(registrations: Collection[uuid.UUID]) -> dict[uuid.UUID, Opened]:
    """Open many registrations with the registrar's own grants."""
    return grants.open_many(registrations, purpose=grants.CUSTODY)


def waiting(registrations: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the registrations that have a choice waiting for the mailbox."""
    found = Token.objects.using("keystore").filter(registration_id__in=list(registrations), kind__in=PERMISSIONS)
    return {each for each in found.values_list("registration_id", flat=True) if each}


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


def sweep(orphans: Collection[uuid.UUID]) -> int:
    """Delete every row of registrations that do not exist."""
    ids = list(orphans)
    if ids:
        Grant.objects.using("keystore").filter(registration_id__in=ids).delete()
        EmailIndex.objects.using("keystore").filter(registration_id__in=ids).delete()
        Token.objects.using("keystore").filter(registration_id__in=ids).exclude(refused__contains=["*"]).delete()
    return len(ids)
