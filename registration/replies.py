"""What comes back from a mailbox: confirmed choices, ended ones, and a request for new receipts."""

import uuid
from datetime import datetime

from django.db import connections, transaction

from intake import normal
from intake.letters import Confirm, Lost, Unsubscribe
from keystore import confirmations, holding, mailboxes, public
from keystore.confirmations import Chosen
from keystore.grants import Opened
from keystore.mailboxes import Mailbox
from privacy import receipts
from privacy.receipts import Receipt
from registration import amending, consents, filing
from registration.models import Confirmation, Consent, Errand, Registration
from registration.outcome import Outcome
from registration.writing import Batch

MAILBOX = "mailbox"
EXPIRED = Outcome.refused("expired")


def confirm(letter: Confirm, *, batch: Batch, at: datetime) -> Outcome:
    """Choices are confirmed: each becomes a grant, and the record says so."""
    token_hash = receipts.token_hash(letter.token)
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        try:
            asked = confirmations.choices(token_hash)
            chosen = [each for each in asked if _meant(each, letter)]
            singled_out = _singled_out({each.registration for each in asked}, letter)
            confirmed = confirmations.confirm(cursor, token_hash, chosen, singled_out=singled_out, day=at.date())
        except confirmations.Expired:
            return EXPIRED
        for registration, opened in confirmed.opened.items():
            new = _record(opened, confirmed.purposes[registration], batch=batch, at=at)
            _answered(opened, letter.token, new, batch=batch, at=at)
    return Outcome.accepted()


def _meant(choice: Chosen, letter: Confirm) -> bool:
    """Whether the person confirmed this one of the mail's choices."""
    return not letter.choices or any(
        purpose == choice.purpose and number in {"", receipts.number_of(choice.registration)}
        for number, purpose in letter.choices
    )


def _singled_out(registrations: set[uuid.UUID], letter: Confirm) -> set[uuid.UUID]:
    """The registrations that the person confirmed by themselves: by number, or as the only one that the link is about."""
    if len(registrations) == 1:
        return registrations
    numbers = {number for number, _ in letter.choices}
    return {each for each in registrations if receipts.number_of(each) in numbers}


def _record(opened: Opened, purposes: list[str], *, batch: Batch, at: datetime) -> list[str]:
    """Record what was confirmed; what was not recorded before."""
    record = amending.history(opened)
    new = [purpose for purpose in purposes if record.state(purpose) != consents.ACTIVE]
    for count, purpose in enumerate(new, record.count + 1):
        consent = Consent(
            count=count, decision=consents.CONFIRMED, day=at.date(), channel=MAILBOX, purpose=purpose, confirmed=True
        )
        batch.decide(opened, consent)
    return new


def _answered(opened: Opened, token: bytes, new: list[str], *, batch: Batch, at: datetime) -> None:
    """The mailbox answered: what it was mailed slows its mail no more. A receipt that an older mailbox was mailed is replaced.

    The new receipt derives from the link and what it confirmed, so that a sweep that is repeated makes the same one.
    """
    contact = filing.contact_of(Registration.objects.get(id=opened.registration), opened)
    if mailbox := filing.mailbox_of(contact):
        mailboxes.answered(mailbox.counted)
        receipt = receipts.derived(token, str(opened.registration), *new)
        if new and holding.replace_old_receipts(opened, receipt, mac=mailbox.mac, day=at.date()):
            with connections["keystore"].cursor() as cursor:
                holding.allow_mail(cursor, [opened])
            _send_receipt(opened, receipt, mailbox, batch=batch, at=at)


def unsubscribe(letter: Unsubscribe) -> Outcome:
    """What a link is about ends for every registration of its mailbox; `withdrawals` writes the records."""
    token_hash = receipts.token_hash(letter.token)
    with transaction.atomic(using="keystore"):
        if not confirmations.ends(token_hash):
            return EXPIRED
        public.lower(token_hash, "")
    return Outcome.accepted()


def lost(letter: Lost, *, batch: Batch, at: datetime) -> Outcome:
    """New receipts for every registration of a confirmed mailbox, in one mail. Who asks learns nothing here."""
    address = normal.mailbox(letter.address)
    if address is None:
        return Outcome.accepted()
    mailbox = mailboxes.of(address)
    with transaction.atomic(using="keystore"):
        opened = list(holding.hold_all(mailboxes.confirmed(mailbox.mac)).values())
        mails = Confirmation.objects.filter(kind=Confirmation.Kind.RECEIPTS, state=Confirmation.State.WAITING)
        if opened and not mails.filter(registration__in=[each.registration for each in opened]).exists():
            _new_receipts(opened, mailbox, batch=batch, at=at)
    return Outcome.accepted()


def _new_receipts(opened: list[Opened], mailbox: Mailbox, *, batch: Batch, at: datetime) -> None:
    """Make a new receipt for each registration, and order the mail that holds them."""
    with connections["keystore"].cursor() as cursor:
        holding.allow_mail(cursor, opened)
    for each in opened:
        receipt = receipts.fresh()
        holding.add_receipt(each, receipt, mac=mailbox.mac, day=at.date())
        _send_receipt(each, receipt, mailbox, batch=batch, at=at)


def _send_receipt(opened: Opened, receipt: Receipt, mailbox: Mailbox, *, batch: Batch, at: datetime) -> None:
    batch.send(opened, kind=Confirmation.Kind.RECEIPTS, errand=Errand(receipt=receipt.secret), to=mailbox, at=at)
