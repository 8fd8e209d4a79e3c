"""Finding registrations by a mailbox, without opening any."""

import uuid

from keystore import grants
from keystore.models import EmailIndex, Grant


def by_address(address: str) -> list[uuid.UUID]:
    """The registrations of a mailbox, in the form of `intake.normal.mailbox`."""
    mac, _ = grants.address_mac(address)
    return list(EmailIndex.objects.using("keystore").filter(mac=mac).values_list("registration_id", flat=True))


def live(registration: uuid.UUID) -> list[str]:
    """The choices that stand for a registration at this moment."""
    found = Grant.objects.using("keystore").filter(registration_id=registration, purpose__contains="/")
    return sorted(found.values_list("purpose", flat=True))
