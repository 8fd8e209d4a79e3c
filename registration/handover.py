"""Handing one service mail over to the mail server, under locks that a withdrawal, an erasure or a move waits for.

The order's own mailbox decides where it goes, whatever the contact says by now; in the transaction in which the text goes out
it is held against the keystore's index. A mailbox that was left gets nothing.
"""

import os
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import DatabaseError, connections, transaction

from intake.letters import Contact
from keystore import mailboxes, mailing, vault
from keystore.grants import SERVICE
from privacy import errors, receipts
from privacy.sealing import SealBroken
from registration import mail_content, post, smtp
from registration.mail_content import Mail, Sender
from registration.models import Confirmation, Errand

TOKEN_BYTES = 32
MOST_NAMED = 50  # registrations in one mail
State, Kind = Confirmation.State, Confirmation.Kind
log = structlog.get_logger("regsvc.mail")


class Handed(NamedTuple):
    """A mail's new state. One that waits again was put off by the server, or has to wait for the next day.

    Args:
        state: Of its rows.
        put_off: The server did not take it for now.
        nothing_stands: All that it would have named was withdrawn.
    """

    state: str
    put_off: bool = False
    nothing_stands: bool = False


class Bag(NamedTuple):
    """What a run needs, opened with one question to the keystore."""

    contacts: dict[UUID, Contact]
    errands: dict[UUID, Errand]

    def holds(self, row: Confirmation) -> bool:
        """Whether this row may be sent. Its grant may be gone, or its seal broken."""
        return row.registration_id in self.contacts and row.id in self.errands


def open_all(rows: Sequence[Confirmation]) -> Bag:
    """Open contacts and errands. Rows without a grant, or with a broken seal, are absent, and nothing is sent for them."""
    try:
        return _opened(rows)
    except SealBroken as error:
        log.warning("mail set aside", **errors.broken(error))
    bag = Bag({}, {})
    for row in rows:
        try:
            one = _opened([row])
        except SealBroken:
            continue
        bag.contacts.update(one.contacts)
        bag.errands.update(one.errands)
    return bag


def _opened(rows: Sequence[Confirmation]) -> Bag:
    with vault.opening(purpose=SERVICE, actor="mailer", reason="", at=datetime.now(UTC)) as opened:
        errands = opened.open_many(rows, "errand")
        contacts = opened.open_many([row.registration for row in rows], "contact")
    return Bag({registration: contact or Contact() for registration, contact in contacts.items()}, errands)


def gathered(rows: Collection[Confirmation], bag: Bag) -> Mail | None:
    """These rows as one mail, the newest first; None where there is none. A confirmation's link reaches them all."""
    first = datetime.min.replace(tzinfo=UTC)
    newest = sorted(rows, key=lambda row: bag.errands[row.id].asked or first, reverse=True)
    if not newest:
        return None
    named = newest[:MOST_NAMED]
    return Mail(
        rows=tuple(named),
        errands=tuple(bag.errands[row.id] for row in named),
        contact=bag.contacts[named[0].registration_id],
        unnamed=tuple(newest[MOST_NAMED:]) if named[0].kind == Kind.CONFIRM else (),
    )


def hand_over(mail: Mail, *, conversation: smtp.Conversation, sender: Sender, day: date) -> Handed:
    """Send one mail: sent, skipped (nothing may be sent), or waiting for another day.

    Raises:
        smtp.Deferred, smtp.Refused: The server did not take it, for now or for good.
        smtp.Undecided: It may have been sent.
    """
    if not mail.errand.address or not mail.errand.mac:
        return Handed(State.SKIPPED)
    if not _has_room(mail, day):
        return Handed(State.WAITING)
    conversation.envelope(sender=sender.address, to=mail.errand.address)
    token = _armed(mail, day) if mail.kind == Kind.CONFIRM else b""
    if not _text(mail, token, conversation=conversation, sender=sender):
        conversation.abandon()
        return Handed(State.SKIPPED, nothing_stands=True)
    try:
        conversation.answer()
    except (smtp.Deferred, smtp.Refused):
        raise
    except Exception as error:  # whatever it was, the text is out: it must not be sent again by itself
        _count(mail, day)
        raise smtp.Undecided("end of text") from error
    _count(mail, day)
    return Handed(State.SENT)


def _armed(mail: Mail, day: date) -> bytes:
    """A new link, whose hash is stored on the rows that permit it before the mail is made."""
    token = os.urandom(TOKEN_BYTES)
    unnamed = [row.registration_id for row in mail.unnamed]
    for registrations, secret in ((mail.registrations, token), (unnamed, receipts.unnamed(token))):
        if registrations:
            mailing.arm(registrations, mac=mail.errand.mac, token_hash=receipts.token_hash(secret), day=day)
    return token


def _text(mail: Mail, token: bytes, *, conversation: smtp.Conversation, sender: Sender) -> bool:
    """Send the text while everything that permits it is held; False where nothing may be said at this moment."""
    sent = False
    try:
        with transaction.atomic(using="keystore"):
            message = mail_content.message(mail, token=token, sender=sender)
            if message is None:
                return False
            written = post.render(message, to=mail.errand.address or "", speaker=sender.speaker)
            conversation.text(written.as_bytes())
            sent = True
    except post.UnusableAddress:
        return False
    except Exception:
        if not sent:  # else only the locks were lost, after the text had gone out
            raise
    return True


def _has_room(mail: Mail, day: date) -> bool:
    errand = mail.errand
    return mailboxes.has_room(
        mail.kind,
        own=errand.mac,
        counted=errand.counted,
        tagged=errand.tagged,
        day=day,
        slows=mail.kind == Kind.CONFIRM,
    )


def _count(mail: Mail, day: date) -> None:
    """Count a mail that is out, or may be. If that cannot be done, the mailbox may get one more: this one is out all the same."""
    macs = {mail.errand.counted} if mail.errand.tagged else {mail.errand.counted, mail.errand.mac}
    try:
        with connections["keystore"].cursor() as cursor:
            mailboxes.count(cursor, mail.kind, macs=macs, day=day)
    except DatabaseError as error:
        log.error("mail not counted", **errors.broken(error))  # noqa: TRY400 (the text of an exception repeats values)
        connections["keystore"].close_if_unusable_or_obsolete()
