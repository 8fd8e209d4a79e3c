"""A person's own changes, as the registrar applies them."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from intake.letters import Amend, Contact, Details, Erase
from keystore import holding, public, vault
from keystore.grants import Opened
from keystore.mailboxes import Mailbox
from privacy import statements
from privacy.receipts import Receipt
from registration import consents, filing
from registration.consents import Record
from registration.models import Confirmation, Consent, ConsentRecord, Errand, Registration
from registration.outcome import Outcome
from registration.policy import House
from registration.writing import Batch


def amend(letter: Amend, *, batch: Batch, house: House, at: datetime) -> Outcome:
    """Apply a person's changes. Lowering has taken effect already and is only recorded; raising waits for the mailbox."""
    receipt = Receipt(letter.receipt)
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        for purpose in letter.lowered():
            public.lower(receipt.token_hash, purpose)
        try:
            opened = holding.hold(receipt.token_hash, day=at.date())
        except holding.NotFiled:
            return Outcome.refused("not-found")
        except holding.Erased:
            return Outcome.refused("erased")
        return _Change(cursor, opened, receipt, batch, house, at).apply(letter)


def erase(letter: Erase, *, house: House, at: datetime) -> Outcome:
    """Take everything away, and certify it. Nothing opens from the moment of the keystore's answer; the rows follow here."""
    receipt = Receipt(letter.receipt)
    with transaction.atomic(using="keystore"):
        registration = holding.erase(receipt.token_hash)
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

    def __init__(  # noqa: PLR0913, PLR0917 (what a change needs)
        self, cursor: CursorWrapper, opened: Opened, receipt: Receipt, batch: Batch, house: House, at: datetime
    ) -> None:
        self.cursor, self.opened, self.receipt, self.batch, self.house, self.at = cursor, opened, receipt, batch, house, at
        self.row = Registration.objects.get(id=opened.registration)
        self.contact = filing.contact_of(self.row, opened)
        self.details: Details = vault.unsealed(self.row, "details", opened) or Details()
        self.record = history(opened)

    def apply(self, letter: Amend) -> Outcome:
        contact = msgspec.convert(msgspec.to_builtins(self.contact) | letter.contact, Contact)
        self._lower(letter)
        raised = {choice.purpose: choice.wording for choice in letter.choices if choice.granted}
        before, after = filing.mailbox_of(self.contact), filing.mailbox_of(contact)
        if raised and not after:
            return Outcome.refused("email-required")
        if before != after:
            raised = self._move(before, after, letter.channel) | raised
        if after:
            self._raise(raised, after, letter.channel)
        self._save(contact, msgspec.convert(msgspec.to_builtins(self.details) | letter.details, Details))
        return Outcome.accepted()

    def _decide(self, decision: str, channel: str, *, purpose: str = "", wording: str | None = None) -> None:
        self.record.count += 1
        consent = Consent(
            count=self.record.count,
            decision=decision,
            day=self.at.date(),
            channel=channel,
            purpose=purpose,
            wording=wording,
            locale=self.contact.language,
        )
        self.batch.decide(self.opened, consent)

    def _lower(self, letter: Amend) -> None:
        """Record what was lowered here. What else it reached is recorded by `withdrawals`."""
        wordings = {choice.purpose: choice.wording for choice in letter.choices if not choice.granted}
        if letter.stop_all_mail:
            wordings |= dict.fromkeys(self.record.open_choices())
        for purpose, wording in wordings.items():
            stands = purpose in self.record.open_choices()
            self._decide(consents.WITHDRAWN if stands else consents.DECLINED, letter.channel, purpose=purpose, wording=wording)
            if purpose in self.record.standings:
                self.record.standings[purpose].state = consents.WITHDRAWN

    def _move(self, before: Mailbox | None, after: Mailbox | None, channel: str) -> dict[str, str | None]:
        """Leave the old mailbox; the choices that stood, to wait for the new one. An old one that had answered is told."""
        standing = holding.standing(self.opened.registration)
        stood = {each: self.record.standings[each].wording for each in self.record.open_choices() if each in standing}
        day = self.at.date()
        holding.move(self.cursor, self.opened.registration, to=after, by=self.receipt.token_hash, day=day)
        Confirmation.objects.filter(registration=self.row, state=Confirmation.State.WAITING).exclude(
            kind=Confirmation.Kind.CHANGED
        ).delete()
        if before and self.record.mailbox_confirmed:
            holding.allow_mail(self.cursor, [self.opened])
            self.batch.send(self.opened, kind=Confirmation.Kind.CHANGED, errand=Errand(), to=before, at=self.at)
        self._decide(consents.MOVED, channel)
        if after:
            return stood
        for purpose in stood:
            self._decide(consents.WITHDRAWN, channel, purpose=purpose)
        return {}

    def _raise(self, raised: dict[str, str | None], mailbox: Mailbox, channel: str) -> None:
        """Let choices wait for the mailbox, and ask it: in one mail, which is the newest now."""
        waits = {
            each: wording
            for each, wording in raised.items()
            if self.record.state(each) != consents.ACTIVE or not holding.stands(self.opened.registration, each)
        }
        if not waits:
            return
        for purpose, wording in sorted(waits.items()):
            self._decide(consents.GRANTED, channel, purpose=purpose, wording=wording)
        expires = self.at.date() + timedelta(days=self.house.confirm_days)
        holding.await_mailbox(self.cursor, self.opened, waits, mailbox=mailbox, expires=expires)
        mails = Confirmation.objects.filter(registration=self.row, kind=Confirmation.Kind.CONFIRM)
        mails.filter(state=Confirmation.State.WAITING).delete()
        known = {purpose: self.record.standings[purpose].wording for purpose in self.record.open_choices()}
        errand = Errand(wordings=_named(known | waits))
        self.batch.send(self.opened, kind=Confirmation.Kind.CONFIRM, errand=errand, to=mailbox, at=self.at)

    def _save(self, contact: Contact, details: Details) -> None:
        for column, value, empty in (("contact", contact, Contact()), ("details", details, Details())):
            if value == empty:
                setattr(self.row, column, None)
            else:
                vault.seal(self.row, column, value, self.opened)
        self.row.save(update_fields=["contact", "details"])


def _named(wordings: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    """Each purpose with the digest of the words that were agreed to."""
    return tuple((purpose, wording) for purpose, wording in sorted(wordings.items()) if wording)
