"""A person's own changes, as the registrar applies them."""

import uuid
from datetime import date, datetime, timedelta

import msgspec
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from intake import normal
from intake.letters import Amend, Contact, Details, Erase
from keystore import holding, vault
from keystore.grants import Opened
from privacy import statements
from privacy.receipts import Receipt
from registration import consents
from registration.consents import Record
from registration.house import House
from registration.models import Confirmation, Consent, ConsentRecord, Errand, Registration
from registration.outcome import Outcome
from registration.writing import Batch


def amend(letter: Amend, *, batch: Batch, house: House, at: datetime) -> Outcome:
    """Apply a person's changes. Lowering has taken effect already and is only recorded; raising waits for the mailbox."""
    receipt = Receipt(letter.receipt)
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        for choice in letter.choices:
            if not choice.granted:
                holding.lower(cursor, receipt.token_hash, choice.purpose)
        try:
            opened = holding.hold(receipt.token_hash)
        except holding.NotFiled:
            return Outcome.refused("not-found")
        except holding.Erased:
            return Outcome.refused("erased")
        return _Change(cursor, opened, batch, house, at.date()).apply(letter)


def erase(letter: Erase, *, house: House, at: datetime) -> Outcome:
    """Take everything away, and certify it. Nothing opens from the moment of the keystore's answer; the rows follow here."""
    receipt = Receipt(letter.receipt)
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        registration = holding.erase(cursor, receipt.token_hash)
    if registration:
        remove([registration])
    shut = at.date() + timedelta(days=house.shut_days)
    claims = {"statement": "erased", "erased_on": at.date().isoformat(), "no_backup_opens_after": shut.isoformat()}
    return Outcome.accepted(statements.sign(claims, name="statements"))


def remove(registrations: list[uuid.UUID]) -> None:
    """Delete registrations' rows."""
    ConsentRecord.objects.filter(registration__in=registrations).delete()
    Confirmation.objects.filter(registration__in=registrations).delete()
    Registration.objects.filter(id__in=registrations).delete()


def history(opened: Opened) -> Record:
    """Every decision of one registration, folded."""
    rows = ConsentRecord.objects.filter(registration=opened.registration)
    return consents.fold(vault.unsealed(row, "consent", opened) for row in rows)


class _Change:
    """One letter's changes to one registration, which is held."""

    def __init__(self, cursor: CursorWrapper, opened: Opened, batch: Batch, house: House, day: date) -> None:
        self.cursor, self.opened, self.batch, self.house, self.day = cursor, opened, batch, house, day
        self.row = Registration.objects.get(id=opened.registration)
        self.contact: Contact = vault.unsealed(self.row, "contact", opened) or Contact()
        self.details: Details = vault.unsealed(self.row, "details", opened) or Details()
        self.record = history(opened)

    def apply(self, letter: Amend) -> Outcome:
        contact = msgspec.convert(msgspec.to_builtins(self.contact) | letter.contact, Contact)
        self._lower(letter)
        raised = {choice.purpose: choice.wording for choice in letter.choices if choice.granted}
        if raised and not contact.email:
            return Outcome.refused("email-required")
        if self._moves(contact):
            raised |= {
                purpose: wording for purpose, wording in self._move(contact, letter.channel).items() if purpose not in raised
            }
        self._raise(raised, contact, letter.channel)
        self._save(contact, msgspec.convert(msgspec.to_builtins(self.details) | letter.details, Details))
        return Outcome.accepted()

    def _decide(self, decision: str, channel: str, *, purpose: str = "", wording: str | None = None) -> None:
        self.record.count += 1
        consent = Consent(
            count=self.record.count,
            decision=decision,
            day=self.day,
            channel=channel,
            purpose=purpose,
            wording=wording,
            locale=self.contact.language,
        )
        self.batch.decide(self.opened, consent)

    def _lower(self, letter: Amend) -> None:
        others = [each for each in holding.together(self.opened.registration) if each != self.opened.registration]
        for choice in letter.choices:
            if choice.granted:
                continue
            stands = choice.purpose in self.record.open_choices()
            self._decide(
                consents.WITHDRAWN if stands else consents.DECLINED,
                letter.channel,
                purpose=choice.purpose,
                wording=choice.wording,
            )
            if choice.purpose in self.record.standings:
                self.record.standings[choice.purpose].state = consents.WITHDRAWN
            consents_of_others(others, choice.purpose, batch=self.batch, day=self.day, channel=letter.channel)

    def _moves(self, contact: Contact) -> bool:
        return _mailbox(contact) != _mailbox(self.contact)

    def _move(self, contact: Contact, channel: str) -> dict[str, str | None]:
        """Leave the old mailbox and tell it; the choices that stood, to wait for the new one."""
        stood = {purpose: self.record.standings[purpose].wording for purpose in self.record.open_choices()}
        if self.contact.email:
            due = holding.allow_mail(self.cursor, [self.opened], day=self.day)
            errand = Errand(address=self.contact.email)
            self.batch.send(self.opened, kind=Confirmation.Kind.CHANGED, errand=errand, due=due)
        holding.move(self.cursor, self.opened.registration, address=_mailbox(contact))
        self._decide(consents.MOVED, channel)
        if contact.email:
            return stood
        for purpose in stood:
            self._decide(consents.WITHDRAWN, channel, purpose=purpose)
        return {}

    def _raise(self, raised: dict[str, str | None], contact: Contact, channel: str) -> None:
        moved = self._moves(contact)
        waits = {
            each: wording
            for each, wording in raised.items()
            if moved or self.record.state(each) != consents.ACTIVE or not self._live(each)
        }
        if not waits:
            return
        for purpose, wording in sorted(waits.items()):
            self._decide(consents.GRANTED, channel, purpose=purpose, wording=wording)
        due = holding.await_mailbox(self.cursor, self.opened, waits, day=self.day, days=self.house.confirm_days)
        mails = Confirmation.objects.filter(registration=self.row, kind=Confirmation.Kind.CONFIRM)
        if mails.filter(state=Confirmation.State.WAITING).exists():
            return  # that mail will hold every choice that waits
        if not moved and mails.filter(due__gte=self.day).exists():
            due = max(due, self.day + timedelta(days=1))
        self.batch.send(self.opened, kind=Confirmation.Kind.CONFIRM, errand=Errand(), due=due)

    def _live(self, purpose: str) -> bool:
        return holding.stands(self.opened.registration, purpose)

    def _save(self, contact: Contact, details: Details) -> None:
        for column, value, empty in (("contact", contact, Contact()), ("details", details, Details())):
            if value == empty:
                setattr(self.row, column, None)
            else:
                vault.seal(self.row, column, value, self.opened)
        self.row.save(update_fields=["contact", "details"])


def _mailbox(contact: Contact) -> str | None:
    return normal.mailbox(contact.email) if contact.email else None


def consents_of_others(registrations: list[uuid.UUID], purpose: str, *, batch: Batch, day: date, channel: str) -> None:
    """Record a withdrawal with every other registration of the mailbox, so that no restore brings its grant back."""
    for registration, opened in holding.open_custody(registrations).items():
        record = history(opened)
        if registration in registrations and purpose in record.open_choices():
            consent = Consent(count=record.count + 1, decision=consents.WITHDRAWN, day=day, channel=channel, purpose=purpose)
            batch.decide(opened, consent)
