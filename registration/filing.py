"""Filing new registrations, many at a time."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, IntegrityError, connections

from catalogue.models import Manufacturer, Product
from intake import normal
from intake.letters import Contact, Register
from keystore import awaiting, mailboxes, vault
from keystore import filing as keystore
from keystore.filing import Filed, Filing
from keystore.grants import NoGrant, Opened
from keystore.mailboxes import Mailbox
from privacy.receipts import Receipt
from privacy.rows import array
from privacy.sealing import SealBroken
from registration import consents
from registration.models import Confirmation, Consent, Errand, Registration
from registration.outcome import Outcome
from registration.policy import House
from registration.writing import Batch

# One letter's own fault, neither the store's nor a mistake of ours: it stands aside and blocks nobody.
CANNOT = (
    IntegrityError,
    DataError,
    ObjectDoesNotExist,
    SealBroken,
    NoGrant,
    msgspec.MsgspecError,
)


def file(new: Sequence[Register], *, batch: Batch, house: House, at: datetime) -> list[Outcome]:
    """File registrations: keystore first, then rows for *batch*. An outcome for each, in order."""
    filings = [_filing(letter, house) for letter in new]
    ended = _refusals(new, filings)
    keys = awaiting.keys([each for each in filings if each.registration not in ended], day=at.date())
    ended |= {registration: Outcome.held(key) for registration, key in keys.items()}
    accepted = [each for each in filings if each.registration not in ended]
    filed = keystore.file(accepted, day=at.date(), confirm_days=house.confirm_days)
    for letter, each in zip(new, filings, strict=True):
        if each.registration in filed:
            _rows(letter, each, filed[each.registration], batch=batch, at=at)
        ended.setdefault(each.registration, Outcome.accepted() if each.registration in filed else Outcome.refused("erased"))
    return [ended[each.registration] for each in filings]


def _refusals(new: Sequence[Register], filings: Sequence[Filing]) -> dict[uuid.UUID, Outcome]:
    """What cannot be filed: a product that is gone, or a receipt that was filed long ago and comes again."""
    known = _known([each.registration for each in filings])
    products = set(Product.objects.filter(code__in={letter.product for letter in new}).values_list("code", flat=True))
    makers = set(
        Manufacturer.objects.filter(code__in={letter.manufacturer for letter in new if letter.manufacturer}).values_list(
            "code", flat=True
        )
    )
    found = {
        each.registration: _refusal(letter, used=each.registration in known, products=products, makers=makers)
        for letter, each in zip(new, filings, strict=True)
    }
    return {registration: refusal for registration, refusal in found.items() if refusal}


def _known(registrations: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT id FROM registration_registration WHERE id = ANY (%s::uuid[])", [array(registrations)])
        return {registration for (registration,) in cursor.fetchall()}


def _refusal(letter: Register, *, used: bool, products: set[str], makers: set[str]) -> Outcome | None:
    if used:
        return Outcome.refused("receipt-used")
    if letter.product not in products or (letter.manufacturer and letter.manufacturer not in makers):
        return Outcome.refused("unknown-product")
    return None


def _filing(letter: Register, house: House) -> Filing:
    receipt = Receipt(letter.receipt)
    wishes = frozenset(choice.purpose for choice in letter.choices if choice.granted)
    return Filing(
        registration=receipt.registration,
        token_hash=receipt.token_hash,
        wrap_key=receipt.wrap_key,
        mailbox=mailbox_of(letter.contact),
        wishes=wishes,
        at_once=wishes if letter.contact.country in house.without_mailbox else frozenset(),
    )


def contact_of(row: Registration, opened: Opened) -> Contact:
    """A registration's contact, opened; an empty one where nothing is kept."""
    contact: Contact | None = vault.unsealed(row, "contact", opened)
    return contact or Contact()


def mailbox_of(contact: Contact) -> Mailbox | None:
    """The mailbox of a contact; None where there is no address, or one that cannot be mailed."""
    address = normal.mailbox(contact.email) if contact.email else None
    return mailboxes.of(address) if address else None


def _rows(letter: Register, filing: Filing, filed: Filed, *, batch: Batch, at: datetime) -> None:
    opened = Opened(filing.registration, "all", filed.data_key, b"")
    batch.register(
        opened,
        product=letter.product,
        manufacturer=letter.manufacturer,
        month=at.date().replace(day=1),
        contact=letter.contact,
        details=letter.details,
    )
    for consent in _decisions(letter, filed, at.date()):
        batch.decide(opened, consent)
    if filing.mailbox is None:
        return
    wordings = tuple((choice.purpose, choice.wording) for choice in letter.choices if choice.wording)
    for kind, purposes in ((Confirmation.Kind.CONFIRM, filed.waiting), (Confirmation.Kind.WELCOME, filed.granted)):
        if purposes:
            errand = Errand(purposes=tuple(sorted(purposes)), wordings=wordings)
            batch.send(opened, kind=kind, errand=errand, to=filing.mailbox, at=at)


def _decisions(letter: Register, filed: Filed, day: date) -> list[Consent]:
    """The person's decisions as records; what was lowered before the filing is recorded as withdrawn."""
    decided: list[tuple[str, str, str | None]] = []
    for choice in letter.choices:
        granted = consents.AT_ONCE if choice.purpose in filed.granted else consents.GRANTED
        decided.append((choice.purpose, granted if choice.granted else consents.DECLINED, choice.wording))
        if choice.granted and choice.purpose in filed.refused:
            decided.append((choice.purpose, consents.WITHDRAWN, None))
    return [
        Consent(
            count=count,
            decision=decision,
            day=day,
            channel=letter.channel,
            purpose=purpose,
            wording=wording,
            notice=letter.notice,
            locale=letter.contact.language,
        )
        for count, (purpose, decision, wording) in enumerate(decided, 1)
    ]
