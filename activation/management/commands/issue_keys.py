"""`issue_keys`: make product keys, and write them once into a file that only its owner can read."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from activation import issuing
from activation.models import Batch
from activation.policies import CHANNELS, POLICIES
from activation.product_keys import MOST_BATCHES


class Command(BaseCommand):
    help = "Make product keys of a batch. They are written to FILE once and can never be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """A new batch needs all of them; for a known batch they must say what it says."""
        parser.add_argument("--batch", type=int, required=True, help=f"0 to {MOST_BATCHES - 1}; it stands in the keys")
        parser.add_argument("--count", type=int, required=True, help="how many keys")
        parser.add_argument("--out", required=True, metavar="FILE", help="a new file; it becomes 0600")
        parser.add_argument("--product", required=True)
        parser.add_argument("--edition", default="")
        parser.add_argument("--channel", choices=CHANNELS, default="retail")
        parser.add_argument("--policy", choices=sorted(POLICIES), help="the channel's first policy if it is left out")
        parser.add_argument("--slots", type=int, default=1, help="computers for each key")
        parser.add_argument("--agreement", help="the reference of a volume agreement")

    def handle(self, *_args: str, **options: Any) -> None:
        """Store each chunk, then write it."""
        if not 0 <= options["batch"] < MOST_BATCHES or options["count"] < 1 or options["slots"] < 0:
            raise CommandError("Nothing was made: a number is out of its range.")
        try:
            batch = issuing.open_batch(_wanted(options))
            handle = os.open(options["out"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except issuing.UnknownPolicy:
            raise CommandError("Nothing was made: policy, channel and agreement do not fit together.") from None
        except issuing.BatchDiffers:
            raise CommandError("Nothing was made: this batch exists and says something else.") from None
        except OSError as error:
            raise CommandError(f"Nothing was made: the file cannot be made: {error.strerror}.") from None
        made = 0
        with os.fdopen(handle, "w") as file:
            for keys in issuing.issue(batch=batch, count=options["count"]):
                file.writelines(f"{key.text}\n" for key in keys)
                file.flush()
                os.fsync(handle)
                made += len(keys)
                self.stdout.write(f"{made} of {options['count']}")


def _wanted(options: dict[str, Any]) -> Batch:
    policy = options["policy"] or next(name for name, each in POLICIES.items() if each.channel == options["channel"])
    return Batch(
        number=options["batch"],
        product=options["product"],
        edition=options["edition"],
        channel=options["channel"],
        slots=options["slots"],
        policy=policy,
        agreement_id=options["agreement"],
    )
