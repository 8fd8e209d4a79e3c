"""Issuing product keys. A key is shown once; what stays is its MAC, its locator, and a sealed secret to confirm it by."""

import re
from collections.abc import Iterator
from datetime import date

from django.db import transaction

from activation import agreements, keychain, phone, product_keys
from activation.models import Batch, KeySlot, ProductKey
from activation.policies import POLICIES, VOLUME
from activation.product_keys import Key

STORE = "activation"
CHUNK = 500
PRODUCT = re.compile("[a-z0-9-]{2,40}")  # as a request names it
LONGEST_EDITION = 40


class UnusableName(Exception):
    """The product is none that a request can name, or the edition is too long."""


class UnknownPolicy(Exception):
    """There is no such policy, or it is made for another channel."""


class UnknownAgreement(Exception):
    """There is no such agreement, or it does not run today."""


class BatchDiffers(Exception):
    """The batch exists and says something else. A batch never changes."""


def open_batch(wanted: Batch, *, today: date) -> Batch:
    """The batch, made if it is not there yet.

    Raises:
        UnusableName: Nobody could activate such a product.
        UnknownPolicy: Its policy does not fit.
        UnknownAgreement: Its agreement has not begun, has ended, or was never entered.
        BatchDiffers: There is another batch of that number.
    """
    if not PRODUCT.fullmatch(wanted.product) or len(wanted.edition) > LONGEST_EDITION:
        raise UnusableName
    policy = POLICIES.get(wanted.policy)
    if policy is None or policy.channel != wanted.channel or (wanted.agreement_id is not None) != (wanted.channel == VOLUME):
        raise UnknownPolicy
    if wanted.agreement_id is not None and not agreements.running(wanted.agreement_id, today=today):
        raise UnknownAgreement
    said = {name: getattr(wanted, name) for name in ("product", "edition", "channel", "slots", "policy", "agreement_id")}
    batch, _ = Batch.objects.using(STORE).get_or_create(number=wanted.number, defaults=said)
    if any(getattr(batch, name) != value for name, value in said.items()):
        raise BatchDiffers
    return batch


def issue(*, batch: Batch, count: int) -> Iterator[list[Key]]:
    """Make keys, some hundred at a time: each list is stored when it is handed out.

    Args:
        batch: What they are good for.
        count: How many.
    """
    for start in range(0, count, CHUNK):
        keys = [product_keys.draw(batch=batch.number) for _ in range(min(CHUNK, count - start))]
        yield store(keys, batch=batch)


def known(key: Key) -> bool:
    """Whether a key was issued."""
    return ProductKey.objects.using(STORE).filter(mac__in=[mac.value for mac in keychain.macs(key)]).exists()


def store(keys: list[Key], *, batch: Batch) -> list[Key]:
    """Store keys and their slots. A key whose locator is taken already (one in millions) is drawn anew."""
    taken = set(
        ProductKey.objects.using(STORE).filter(locator__in=[key.locator for key in keys]).values_list("locator", flat=True)
    )
    fresh = [product_keys.draw(batch=batch.number) if key.locator in taken else key for key in keys]
    rows = [_row(key, batch) for key in fresh]
    slots = [KeySlot(key=row, number=number) for row in rows for number in range(1, batch.slots + 1)]
    with transaction.atomic(using=STORE):
        ProductKey.objects.using(STORE).bulk_create(rows)
        KeySlot.objects.using(STORE).bulk_create(slots)
    return fresh


def _row(key: Key, batch: Batch) -> ProductKey:
    mac = keychain.mac(key)
    sealed = keychain.seal_confirmation(phone.secret_of(key), locator=key.locator)
    return ProductKey(
        epoch=mac.epoch,
        mac=mac.value,
        locator=key.locator,
        batch=batch,
        confirmation=sealed.box,
        confirmation_epoch=sealed.epoch,
    )
