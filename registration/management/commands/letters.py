"""`letters list`, `letters show`, `letters retry`, `letters drop`: letters that could not be filed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registration import set_aside

SHORT = 12
NOTHING = "No letter stands aside, and none is stuck."


class Command(BaseCommand):
    help = "List, try again or drop letters that could not be filed. Run it with the registrar's environment; it shows no values."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="show all letters that stand aside or are stuck")
        show = acts.add_parser("show", help="show one of them")
        show.add_argument("digest", help="its digest, or the beginning")
        retry = acts.add_parser("retry", help="let the next sweep try a letter again")
        which = retry.add_mutually_exclusive_group(required=True)
        which.add_argument("digest", nargs="?", help="its digest, or the beginning")
        which.add_argument("--all", action="store_true", help="every letter that stands aside")
        drop = acts.add_parser("drop", help="throw a letter's content away for good")
        drop.add_argument("digest", help="its whole digest, as `letters show` prints it")
        drop.add_argument("--yes", action="store_true", help="really do it")
        drop.add_argument("--even-readable", action="store_true", help="drop it although it opens and might still be filed")

    def handle(self, *_: Any, act: str, **options: Any) -> None:
        try:
            getattr(self, act)(options)  # one of the four, says the parser
        except set_aside.NoSuchLetter:
            raise CommandError("No such letter, or the beginning fits several: `letters list` shows those there are.") from None
        except set_aside.StillReadable:
            raise CommandError(
                "This letter opens, so it may still be filed: mend its fault and use `letters retry`. "
                "To drop it all the same, add --even-readable."
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
            raise CommandError("What is dropped is lost, although somebody was told that it is kept. If you mean it, add --yes.")
        set_aside.drop(options["digest"], even_readable=options["even_readable"])
        self.stdout.write("Dropped. Its submission now says `refused` (`dropped`).")
