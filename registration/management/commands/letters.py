"""`letters list`, `letters show`, `letters retry`, `letters drop`: letters that could not be filed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registration import set_aside

SHORT = 12
NOTHING = "No letters are set aside or stuck."


class Command(BaseCommand):
    help = "List, retry or drop letters that could not be filed. Shows no values. Run it with the registrar's environment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="show all letters that are set aside or stuck")
        show = acts.add_parser("show", help="show one letter")
        show.add_argument("digest", help="the digest of the letter, or how it begins")
        retry = acts.add_parser("retry", help="have the next sweep try a letter again")
        which = retry.add_mutually_exclusive_group(required=True)
        which.add_argument("digest", nargs="?", help="the digest of the letter, or how it begins")
        which.add_argument("--all", action="store_true", help="all letters that are set aside")
        drop = acts.add_parser("drop", help="delete the content of a letter for good")
        drop.add_argument("digest", help="the whole digest, as `letters show` prints it")
        drop.add_argument("--yes", action="store_true", help="confirm that you want to drop it")
        drop.add_argument("--even-readable", action="store_true", help="drop it even if it can be read and might still be filed")

    def handle(self, *_: Any, act: str, **options: Any) -> None:
        try:
            getattr(self, act)(options)  # one of the four, says the parser
        except set_aside.NoSuchLetter:
            raise CommandError("There is no such letter, or several begin like this. `letters list` shows all letters.") from None
        except set_aside.StillReadable:
            raise CommandError(
                "This letter can be read, so it might still be filed: fix its fault and use `letters retry`. "
                "To drop it anyway, add --even-readable."
            ) from None

    def list(self, _options: dict[str, Any]) -> None:
        """One line a letter."""
        found = set_aside.listed()
        for each in found:
            day = each.day.isoformat() if each.day else "-"
            line = f"{each.digest[:SHORT]}  {day}  {each.kind:12} {each.code:14} {each.origin:8} {each.epoch:9} {each.fault}"
            self.stdout.write(line.rstrip())
        if not found:
            self.stdout.write(NOTHING)

    def show(self, options: dict[str, Any]) -> None:
        """One member a line."""
        for name, value in set_aside.show(options["digest"])._asdict().items():
            self.stdout.write(f"{name + ':':8} {value or '-'}")

    def retry(self, options: dict[str, Any]) -> None:
        """One letter, or all."""
        count = set_aside.retry_all() if options["all"] else 1
        if not options["all"]:
            set_aside.retry(options["digest"])
        self.stdout.write(f"{count} letter{'s' * (count != 1)} will be tried again in the next sweep.")

    def drop(self, options: dict[str, Any]) -> None:
        """One letter, for good."""
        if not options["yes"]:
            raise CommandError(
                "A dropped letter is lost for good, although its sender was told that we have it. To drop it, add --yes."
            )
        set_aside.drop(options["digest"], even_readable=options["even_readable"])
        self.stdout.write("Letter dropped. Its submission now says `refused` (`dropped`).")
