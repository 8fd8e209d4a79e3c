"""What withdrawals took away, until it is recorded."""

import uuid
from collections.abc import Collection
from typing import NamedTuple

from keystore.models import Grant, Lowered, Token

PERMISSIONS = (Token.Kind.PENDING, Token.Kind.CONFIRM)


class Ended(NamedTuple):
    """One choice that was lowered, and whether a link in a mail did it."""

    registration: uuid.UUID
    purpose: str
    by_link: bool


def unrecorded(*, most: int) -> list[Ended]:
    """The choices that were lowered and are not recorded yet."""
    rows = Lowered.objects.using("keystore").order_by("registration_id", "purpose")[:most]
    return [Ended(row.registration_id, row.purpose, row.by_link) for row in rows]


def still_ended(ended: Collection[Ended]) -> set[tuple[uuid.UUID, str]]:
    """Those that nobody has chosen again since."""
    ids = {each.registration for each in ended}
    grants = Grant.objects.using("keystore").filter(registration_id__in=ids)
    permissions = Token.objects.using("keystore").filter(registration_id__in=ids, kind__in=PERMISSIONS)
    stands = {*grants.values_list("registration_id", "purpose"), *permissions.values_list("registration_id", "purpose")}
    return {(each.registration, each.purpose) for each in ended} - stands


def recorded(ended: Collection[Ended]) -> None:
    """They are recorded: nothing has to be remembered of them."""
    for each in ended:
        Lowered.objects.using("keystore").filter(registration_id=each.registration, purpose=each.purpose).delete()
