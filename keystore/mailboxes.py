"""Mailboxes, known by a keyed MAC: their lock, what is suppressed for them, and how many mails they get on a day."""

import uuid
from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from keystore.models import EmailIndex, MailboxDay
from privacy import keyring
from privacy.mac import hmac_sha256
from privacy.rows import array

MAILS_A_DAY = 3
UNANSWERED = 3  # so many confirmations without an answer, and it gets one a day
COUNTED_DAYS = timedelta(days=14)
EVERYTHING = "*"  # suppressed: every purpose
NO_DOTS = frozenset({"gmail.com", "googlemail.com"})  # these deliver a.da@ to ada@


class Mailbox(NamedTuple):
    """One mailbox.

    Args:
        address: Its canonical address.
        mac: Under which its registrations are found.
        epoch: Of the key that made the MAC.
        counted: Under which its mails are counted, together with those to its plus tags.
        tagged: Whether the address is a variant of another one, such as ada+shop@example.org.
    """

    address: str
    mac: bytes
    epoch: str
    counted: bytes
    tagged: bool

    def group(self, kind: str) -> uuid.UUID:
        """The id that all waiting mails of one kind to this mailbox share: they go out as one."""
        return uuid.UUID(bytes=_mac(f"group {kind}", self.address)[:16], version=4)


def of(address: str) -> Mailbox:
    """The mailbox of a canonical address (`intake.normal.mailbox`)."""
    key, plain = keyring.ring().current("index"), _untagged(address)
    mac = hmac_sha256(key.value, b"regsvc address 1 " + address.encode())
    return Mailbox(address, mac, key.epoch, _mac("count", plain), plain != address)


def _mac(label: str, address: str) -> bytes:
    return hmac_sha256(keyring.ring().current("index").value, f"regsvc {label} 1 {address}".encode())


def _untagged(address: str) -> str:
    """The address that providers deliver a tagged one to."""
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '') if domain in NO_DOTS else local}@{domain}"


def lock(cursor: CursorWrapper, macs: Collection[bytes]) -> None:
    """Hold these mailboxes until the transaction ends, always in the same order."""
    cursor.execute(
        "SELECT lock_address(mac) FROM (SELECT mac FROM unnest(%s::bytea[]) AS wanted (mac) ORDER BY mac) AS held", [array(macs)]
    )


def suppressed(cursor: CursorWrapper, macs: Collection[bytes]) -> set[tuple[bytes, str]]:
    """Which purposes were withdrawn for these mailboxes; `*` stands for every one."""
    cursor.execute("SELECT mac, purpose FROM keystore_suppression WHERE mac = ANY (%s::bytea[])", [array(macs)])
    return {(bytes(mac), purpose) for mac, purpose in cursor.fetchall()}


def current(registration: uuid.UUID) -> EmailIndex | None:
    """A registration's index entry."""
    return EmailIndex.objects.using("keystore").filter(registration_id=registration).first()


def confirmed(mac: bytes) -> list[uuid.UUID]:
    """The registrations for which this mailbox has answered."""
    found = EmailIndex.objects.using("keystore").filter(mac=mac, confirmed=True)
    return list(found.values_list("registration_id", flat=True))


def has_room(  # noqa: PLR0913 (a mailbox, a kind and a day)
    kind: str, *, own: bytes, counted: bytes, tagged: bool, day: date, slows: bool
) -> bool:
    """Whether one more mail of a kind may go to a mailbox today.

    A tagged address leaves the last mail of the day to the plain one, so that nobody silences a mailbox by its tags.

    Args:
        kind: Each kind of mail has an allowance of its own: three a day.
        own: The MAC of the address.
        counted: The MAC under which it is counted with its tags.
        tagged: Whether it has a tag.
        day: Today.
        slows: Whether the kind waits for an answer: after three without one it is one a day.
    """
    since = MailboxDay.objects.using("keystore").filter(mac__in=[own, counted], kind=kind, day__gt=day - COUNTED_DAYS)
    rows = [(bytes(row.mac), row) for row in since]
    today = sum(row.count for mac, row in rows if mac == counted and row.day == day)
    unanswered = sum(row.unanswered for mac, row in rows if mac == counted)
    most = 1 if slows and unanswered >= UNANSWERED else MAILS_A_DAY
    if tagged:
        return today < max(most - 1, 1)
    return today < most or not any(mac == own and row.day == day for mac, row in rows)


def count(cursor: CursorWrapper, kind: str, *, macs: Collection[bytes], day: date) -> None:
    """Count one mail of a kind for these MACs."""
    cursor.execute(
        """
        INSERT INTO keystore_mailboxday AS known (mac, day, kind, count, unanswered)
        SELECT mac, %s, %s, 1, 1 FROM unnest(%s::bytea[]) AS new (mac)
        ON CONFLICT (mac, day, kind) DO UPDATE SET count = known.count + 1, unanswered = known.unanswered + 1
        """,
        [day, kind, array(set(macs))],
    )


def answered(counted: bytes) -> None:
    """The mailbox answered: what it was mailed before slows nothing any more."""
    MailboxDay.objects.using("keystore").filter(mac=counted, unanswered__gt=0).update(unanswered=0)
