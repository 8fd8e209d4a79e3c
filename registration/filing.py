"""Filing new registrations, many at a time."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.core.exceptions import FieldError, ObjectDoesNotExist
from django.db import DataError, IntegrityError

from catalogue.models import Manufacturer, Product
from intake import normal
from intake.letters import Register
from keystore import awaiting, vault
from keystore import filing as keystore
from keystore.filing import Filed, Filing
from keystore.grants import NoGrant, Opened
from privacy.receipts import Receipt
from privacy.sealing import SealBroken
from registration import consents
from registration.house import House
from registration.models import Confirmation, Consent, Errand, Registration
from registration.outcome import Outcome
from registration.writing import Batch

# One letter's own fault, not the store's: it stands aside and blocks nobody.
CANNOT = (
    IntegrityError,
    DataError,
    FieldError,
    ObjectDoesNotExist,
    SealBroken,
    NoGrant,
    msgspec.MsgspecError,
    ValueError,
    TypeError,
)


def file(new: Sequence[Register], *, batch: Batch, house: House, at: datetime) -> list[Outcome]:
    """File registrations: keystore first, then rows for *batch*. An outcome for each, in order."""
    outcomes = _refusals(new)
    filings = {index: _filing(letter, house) for index, letter in enumerate(new) if index not in outcomes}
    missing = awaiting.keys(list(filings.values()), day=at.date())
    outcomes |= {
        index: Outcome.held(missing[each.registration]) for index, each in filings.items() if each.registration in missing
    }
    accepted = [each for index, each in filings.items() if index not in outcomes]
    filed = keystore.file(accepted, day=at.date(), confirm_days=house.confirm_days)
    for index, each in filings.items():
        if each.registration in filed:
            _rows(new[index], filed[each.registration], batch=batch, at=at)
        outcomes.setdefault(index, Outcome.accepted() if each.registration in filed else Outcome.refused("erased"))
    return [outcomes[index] for index in range(len(new))]


def _refusals(new: Sequence[Register]) -> dict[int, Outcome]:
    """What cannot be filed, by its place: a product that is gone, or a receipt that was filed long ago and comes again."""
    ids = [Receipt(letter.receipt).registration for letter in new]
    known = set(Registration.objects.filter(id__in=ids).values_list("id", flat=True))
    products = set(Product.objects.filter(code__in={letter.product for letter in new}).values_list("code", flat=True))
    makers = set(
        Manufacturer.objects.filter(code__in={letter.manufacturer for letter in new if letter.manufacturer}).values_list(
            "code", flat=True
        )
    )
    found = (
        _refusal(letter, used=registration in known, products=products, makers=makers)
        for letter, registration in zip(new, ids, strict=True)
    )
    return {index: refusal for index, refusal in enumerate(found) if refusal}


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
        address=normal.mailbox(letter.contact.email) if letter.contact.email else None,
        wishes=wishes,
        at_once=wishes if letter.contact.country in house.without_mailbox else frozenset(),
    )


def _rows(letter: Register, filed: Filed, *, batch: Batch, at: datetime) -> None:
    registration = Receipt(letter.receipt).registration
    opened = Opened(registration, "all", filed.data_key, b"")
    row = Registration(
        id=registration, product_id=letter.product, manufacturer_id=letter.manufacturer, month=at.date().replace(day=1)
    )
    if letter.contact != type(letter.contact)():
        vault.seal(row, "contact", letter.contact, opened)
    if letter.details != type(letter.details)():
        vault.seal(row, "details", letter.details, opened)
    batch.registrations.append(row)
    for consent in _decisions(letter, filed, at):
        batch.decide(opened, consent)
    if filed.mail_on and filed.waiting:
        errand = Errand(purposes=tuple(sorted(filed.waiting)))
        batch.send(opened, kind=Confirmation.Kind.CONFIRM, errand=errand, due=filed.mail_on)
    if filed.mail_on and filed.granted:
        errand = Errand(purposes=tuple(sorted(filed.granted)))
        batch.send(opened, kind=Confirmation.Kind.WELCOME, errand=errand, due=filed.mail_on)


def _decisions(letter: Register, filed: Filed, at: datetime) -> list[Consent]:
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
            day=at.date(),
            channel=letter.channel,
            purpose=purpose,
            wording=wording,
            notice=letter.notice,
            locale=letter.contact.language,
        )
        for count, (purpose, decision, wording) in enumerate(decided, 1)
    ]
