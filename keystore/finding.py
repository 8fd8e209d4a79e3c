"""Finding registrations by a mailbox, without opening any."""

import uuid

from keystore import mailboxes
from keystore.models import EmailIndex, Grant


def by_address(address: str) -> list[uuid.UUID]:
    """The registrations of a mailbox, in the form of `intake.normal.mailbox`."""
    found = EmailIndex.objects.using("keystore").filter(mac=mailboxes.of(address).mac)
    return list(found.values_list("registration_id", flat=True))


def live(registration: uuid.UUID) -> list[str]:
    """The choices that stand for a registration at this moment."""
    found = Grant.objects.using("keystore").filter(registration_id=registration, purpose__contains="/")
    return sorted(found.values_list("purpose", flat=True))
