"""`issue_keys`: make product keys, and write them once into a file that only its owner can read."""

import os
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from activation import issuing
from activation.models import Batch
from activation.policies import CHANNELS, POLICIES, VOLUME
from activation.product_keys import MOST_BATCHES

MOST_SLOTS = 32_767
REFUSED = {
    issuing.UnusableName: "a product is 2 to 40 of a-z, 0-9 and -, and an edition has at most 40 characters",
    issuing.UnknownPolicy: "policy, channel and agreement do not fit together",
    issuing.UnknownAgreement: "there is no such agreement, or it does not run today",
    issuing.BatchDiffers: "this batch exists and says something else",
}


class Command(BaseCommand):
    help = "Make product keys of a batch. They are written to FILE once and can never be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """A new batch needs a product; of a known one nothing has to be said again."""
        parser.add_argument("--batch", type=int, required=True, help=f"0 to {MOST_BATCHES - 1}; it stands in the keys")
        parser.add_argument("--count", type=int, required=True, help="how many keys")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new file; it becomes 0600")
        parser.add_argument("--product", help="what a new batch is for")
        parser.add_argument("--edition")
        parser.add_argument("--channel", choices=CHANNELS, help="of a new batch: retail if it is left out")
        parser.add_argument("--policy", choices=sorted(POLICIES), help="the channel's first policy if it is left out")
        parser.add_argument("--slots", type=int, help=f"computers for each key: 1 if it is left out, at most {MOST_SLOTS}")
        parser.add_argument("--agreement", help="the reference of a volume agreement")

    def handle(self, *_args: str, **options: Any) -> None:
        """Store each chunk, then write it."""
        wanted = _wanted(options)
        least = 0 if wanted.channel == VOLUME else 1
        if not 0 <= wanted.number < MOST_BATCHES or options["count"] < 1 or not least <= wanted.slots <= MOST_SLOTS:
            raise CommandError("Nothing was made: a number is out of its range.")
        try:
            handle = os.open(options["out"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"Nothing was made: the file cannot be made: {error.strerror}.") from None
        with os.fdopen(handle, "w") as file:
            try:
                self._issue(wanted, options["count"], file)
            except tuple(REFUSED) as error:
                raise CommandError(f"Nothing was made: {REFUSED[type(error)]}.") from None
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
            self.stdout.write(f"{made} of {count}")


def _wanted(options: dict[str, Any]) -> Batch:
    """The batch as it was asked for; what was left out is as in the known batch, or as usual."""
    known = Batch.objects.filter(number=options["batch"]).first()
    if known is None and not options["product"]:
        raise CommandError("Nothing was made: this batch is new, and needs a --product.")
    channel = options["channel"] or (known.channel if known else "retail")
    usual = known or Batch(
        edition="",
        slots=0 if channel == VOLUME else 1,
        policy=next(name for name, each in POLICIES.items() if each.channel == channel),
    )
    names = ("product", "edition", "slots", "policy")
    said = {name: getattr(usual, name) if options[name] is None else options[name] for name in names}
    return Batch(number=options["batch"], channel=channel, agreement_id=options["agreement"] or usual.agreement_id, **said)
