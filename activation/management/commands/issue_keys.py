"""`issue_keys`: make product keys, and write them once into a file that only its owner can read."""

import argparse
import os
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from activation import issuing
from activation.models import Batch
from activation.policies import CHANNELS, POLICIES, VOLUME
from activation.product_keys import MOST_BATCHES

MOST_SLOTS = 32_767
MOST_KEYS = 10_000_000  # of one call
REFUSED = {
    issuing.UnusableName: "--product must be 2 to 40 of a-z, 0-9 and -, and --edition at most 40 characters",
    issuing.UnknownPolicy: "--policy, --channel and --agreement do not go together",
    issuing.UnknownAgreement: "there is no agreement with this reference, or it is not valid today",
    issuing.BatchDiffers: "this batch already exists with different settings, and a batch cannot change",
}


class Command(BaseCommand):
    help = "Issue product keys of a batch. They are written to FILE once and can never be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """A new batch needs a product; of a known one nothing has to be said again."""
        batch, count, slots = _within(0, MOST_BATCHES - 1), _within(1, MOST_KEYS), _within(0, MOST_SLOTS)
        parser.add_argument(
            "--batch", type=batch, required=True, metavar="B", help=f"0 to {MOST_BATCHES - 1}; it is part of the keys"
        )
        parser.add_argument("--count", type=count, required=True, metavar="N", help=f"how many keys: 1 to {MOST_KEYS}")
        parser.add_argument(
            "--out", type=Path, required=True, metavar="FILE", help="a new file; only you can read it (mode 0600)"
        )
        parser.add_argument("--product", metavar="CODE", help="the product of a new batch")
        parser.add_argument("--new-product", action="store_true", help="confirm that this product has no keys yet")
        parser.add_argument("--edition", metavar="NAME", help="the product edition of a new batch, if there are several")
        parser.add_argument("--channel", choices=CHANNELS, help="the sales channel of a new batch (default: retail)")
        parser.add_argument(
            "--policy", choices=sorted(POLICIES), help="the policy of a new batch (default: the first one of its channel)"
        )
        parser.add_argument(
            "--slots",
            type=slots,
            metavar="N",
            help=f"computers for each key: 1 to {MOST_SLOTS} (default: 1); 0 for volume keys",
        )
        parser.add_argument("--agreement", metavar="REFERENCE", help="the reference of the volume agreement, for volume keys")

    def handle(self, *_args: str, **options: Any) -> None:
        """Store each chunk, then write it."""
        wanted = _wanted(options)
        if wanted.channel != VOLUME and wanted.slots < 1:
            raise CommandError(
                f"No keys were issued: --slots must be a whole number from 1 to {MOST_SLOTS}. Only volume keys have 0."
            )
        if not options["new_product"]:
            _refuse_unknown(wanted)
        try:
            handle = os.open(options["out"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"No keys were issued: --out: the file could not be created: {error.strerror}.") from None
        with os.fdopen(handle, "w") as file:
            try:
                self._issue(wanted, options["count"], file)
            except tuple(REFUSED) as error:
                raise CommandError(f"No keys were issued: {REFUSED[type(error)]}.") from None
            finally:
                if not file.tell():
                    options["out"].unlink()

    def _issue(self, wanted: Batch, count: int, file: TextIO) -> None:
        """Each chunk is stored when it is written, and on the disk before the next."""
        batch, made = issuing.open_batch(wanted, today=timezone.now().date()), 0
        for keys in issuing.issue(batch=batch, count=count):
            file.writelines(f"{key.text}\n" for key in keys)
            file.flush()
            os.fsync(file.fileno())
            made += len(keys)
            self.stdout.write(f"{made} of {count} keys")


def _within(least: int, most: int) -> Callable[[str], int]:
    """What reads a number of a range, and says which."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"enter a whole number from {least} to {most}")
        return int(text)

    return read


def _refuse_unknown(wanted: Batch) -> None:
    """Refuse a new batch of a product that no batch is for: a batch never changes, and neither would a slip of the pen."""
    batches = dict(Batch.objects.values_list("number", "product"))
    known = set(batches.values())
    if (
        wanted.number in batches or wanted.product in known or not issuing.PRODUCT.fullmatch(wanted.product)
    ):  # what is no code at all is told as such
        return
    nearest = get_close_matches(wanted.product, known, n=1)
    guess = f"Did you mean {nearest[0]}? If" if nearest else "If"
    raise CommandError(f"No keys were issued: this product has no keys yet. {guess} it is new, add --new-product.")


def _wanted(options: dict[str, Any]) -> Batch:
    """The batch as it was asked for; what was left out is as in the known batch, or as usual."""
    known = Batch.objects.filter(number=options["batch"]).first()
    if known is None and not options["product"]:
        raise CommandError("No keys were issued: this batch is new, so add --product.")
    channel = options["channel"] or (known.channel if known else "retail")
    usual = known or Batch(
        edition="",
        slots=0 if channel == VOLUME else 1,
        policy=next(name for name, each in POLICIES.items() if each.channel == channel),
    )
    names = ("product", "edition", "slots", "policy")
    said = {name: getattr(usual, name) if options[name] is None else options[name] for name in names}
    return Batch(number=options["batch"], channel=channel, agreement_id=options["agreement"] or usual.agreement_id, **said)
