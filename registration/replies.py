"""What comes back from a mailbox: a confirmed choice, an ended one, and the wish for new receipts."""

import uuid
from datetime import datetime

from django.db import connections, transaction

from intake import normal
from intake.letters import Confirm, Lost, Unsubscribe
from keystore import grants, holding
from keystore.grants import Opened
from privacy import receipts
from registration import amending, consents
from registration.models import Confirmation, Consent, Errand
from registration.outcome import Outcome
from registration.writing import Batch

MAILBOX = "mailbox"


def confirm(letter: Confirm, *, batch: Batch, at: datetime) -> Outcome:
    """A choice is confirmed: the token becomes the grant, and the record says so."""
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        try:
            opened, purpose = holding.confirm(cursor, receipts.token_hash(letter.token), day=at.date())
        except (holding.Expired, holding.Erased):
            return Outcome.refused("expired")
    record = amending.history(opened)
    if record.state(purpose) != consents.ACTIVE:
        consent = Consent(
            count=record.count + 1, decision=consents.CONFIRMED, day=at.date(), channel=MAILBOX, purpose=purpose, confirmed=True
        )
        batch.decide(opened, consent)
    return Outcome.accepted()


def unsubscribe(letter: Unsubscribe, *, batch: Batch, at: datetime) -> Outcome:
    """A choice is ended for every registration of the mailbox. The grants are gone already; this writes the records."""
    token_hash = receipts.token_hash(letter.token)
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        try:
            registration, purpose = holding.unsubscribed(token_hash)
        except holding.Expired:
            return Outcome.refused("expired")
        holding.lower(cursor, token_hash, "")
        shared = holding.together(registration)
    amending.consents_of_others(shared, purpose, batch=batch, day=at.date(), channel=MAILBOX)
    return Outcome.accepted()


def lost(letter: Lost, *, batch: Batch, at: datetime) -> Outcome:
    """New receipts for every registration of a confirmed mailbox, in one mail. Who asks learns nothing here."""
    mac, _ = grants.address_mac(normal.mailbox(letter.address))
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        confirmed = [
            opened for opened in holding.hold_all(holding.sharing(mac)).values() if amending.history(opened).mailbox_confirmed
        ]
        if confirmed and not _asked(confirmed, at):
            due = holding.allow_mail(cursor, confirmed, day=at.date())
            group = uuid.uuid4()
            for opened in confirmed:
                receipt = receipts.fresh()
                holding.add_receipt(opened, receipt, day=at.date())
                errand = Errand(receipt=receipt.secret)
                batch.send(opened, kind=Confirmation.Kind.RECEIPTS, errand=errand, due=due, together=group)
    return Outcome.accepted()


def _asked(confirmed: list[Opened], at: datetime) -> bool:
    """Whether such a mail waits already, or is due after today."""
    mails = Confirmation.objects.filter(
        registration__in=[each.registration for each in confirmed], kind=Confirmation.Kind.RECEIPTS
    )
    return mails.filter(state=Confirmation.State.WAITING).exists() or mails.filter(due__gt=at.date()).exists()
