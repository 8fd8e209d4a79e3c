"""`catalogue import FILE` and `catalogue export`."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalogue import publishing
from catalogue.documents import BadCatalogue

IMPORT_HELP = """\
Import a JSON document into the catalogue: all of it, or nothing if anything is wrong.

  {"products":      [{"code": "srv-std", "name": "Example Server", "active": true}],
   "manufacturers": [{"code": "acme", "name": "Acme Computers"}],
   "notices":       [{"product": null, "language": "en", "text": "...", "status": "published"}],
   "wordings":      [{"topic": "updates", "sender": "vendor", "language": "en", "text": "...", "status": "draft"}]}

A notice without a product applies to every product. A topic is `updates` or `offers`; a sender is `vendor` or a
manufacturer's code. A status is `draft`, `published` or `retired`, and can only change in this order. Publishing a
text retires the previous one; a retired wording is accepted for another 90 days. Anything that is not in the document
stays as it is. Importing a document twice changes nothing."""


class Command(BaseCommand):
    """Products, manufacturers, notices and wordings as one JSON document."""

    help = "Import or export products, manufacturers, notices and wordings as one JSON document."

    def add_arguments(self, parser: CommandParser) -> None:
        """One subcommand each way."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="import|export")
        taking = actions.add_parser(
            "import",
            help="import a document into the catalogue",
            description=IMPORT_HELP,
            formatter_class=RawDescriptionHelpFormatter,
        )
        taking.add_argument("file", metavar="FILE", help="the document; use - to read standard input")
        actions.add_parser(
            "export",
            help="write the whole catalogue to standard output",
            description="Write the whole catalogue to standard output.",
        )

    def handle(self, *_args: str, **options: Any) -> None:
        """Call the service."""
        if options["action"] == "export":
            self.stdout.write(json.dumps(publishing.dump(), ensure_ascii=False, indent=2))
            return
        try:
            done = publishing.load(_parsed(options["file"]), at=timezone.now())
        except BadCatalogue as error:
            faults = "\n".join(f"  {fault}" for fault in error.faults)
            raise CommandError(f"Nothing was imported:\n{faults}") from None
        self.stdout.write(f"{done.added} added, {done.changed} changed, {done.published} published, {done.retired} retired.")


def _parsed(name: str) -> Any:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return json.loads(raw.decode(), object_pairs_hook=_once)
    except OSError as error:
        raise CommandError(f"Nothing was imported: the file could not be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError("Nothing was imported: save the document in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise CommandError(f"Nothing was imported: the JSON is invalid (line {error.lineno}, column {error.colno}).") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CommandError("Nothing was imported: an object in the document has a duplicate field.")
    return found
