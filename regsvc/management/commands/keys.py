"""`manage.py keys`: make keys, let the roots sign, see which keys exist, and deal a role's keys into its own directory."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activation import ceremony
from catalogue.models import VENDOR, Manufacturer
from privacy import keys
from privacy.keyring import FileProvider
from regsvc import roles

BUILT_IN = "root.json"


class Command(BaseCommand):
    """The key ring."""

    help = "Manage the key ring in the directory REGSVC_KEYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="action", required=True)
        init = commands.add_parser(
            "init",
            help="make all missing keys; existing keys stay",
            description="Make all missing keys: the service's own, two for each sender in the catalogue, and the intake "
            "keys for this week and the next two. Existing keys stay. Run it every week.",
        )
        init.add_argument(
            "--manufacturer",
            action="append",
            default=[],
            metavar="CODE",
            help="also make keys for this manufacturer (repeatable)",
        )
        about = "have the roots sign the certificate keys; missing roots are made"
        roots = commands.add_parser(
            "roots",
            help=about,
            description="Have two of the three roots sign the list of certificate keys. Missing roots are made.",
        )
        roots.add_argument(
            "directory",
            type=Path,
            help=f"where the three roots are; keep it offline, except {BUILT_IN}, which is built into clients",
        )
        act = roots.add_mutually_exclusive_group()
        act.add_argument(
            "--replace", choices=ceremony.ROOTS, help="a root that was lost or exposed; old clients accept the change"
        )
        act.add_argument("--retire", metavar="KID", help="a key that stops signing today; what it has signed stays valid")
        act.add_argument("--revoke", metavar="KID", help="a key that was exposed; nothing that it signed is valid any more")
        about = "make the next epoch of a key; earlier epochs stay for what they made"
        rotate = commands.add_parser("rotate", help=about, description="Make the next epoch of a key. Then deal the keys again.")
        rotate.add_argument(
            "name", choices=keys.ROTATED, help="other keys cannot rotate: everything they made would have to be made again"
        )
        about = "show the names and epochs of all keys, but no values"
        commands.add_parser("status", help=about, description="Show the names and epochs of all keys, but no values.")
        about = "copy the keys of one role, and no others, to a directory"
        deal = commands.add_parser(
            "deal", help=about, description="Copy the keys of one role, and no others, to a directory of its own."
        )
        deal.add_argument("role", choices=sorted(roles.ROLES), metavar="role", help=", ".join(sorted(roles.ROLES)))
        deal.add_argument("directory", type=Path, help="replaced if it exists")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        if not str(settings.KEY_DIRECTORY).strip("."):
            raise CommandError("Set REGSVC_KEYS to the key directory.")
        provider = FileProvider(settings.KEY_DIRECTORY)
        match action:
            case "init":
                self._init(provider, options["manufacturer"])
            case "roots":
                self._tell(_ceremony(provider, options))
                (options["directory"] / BUILT_IN).write_bytes(ceremony.built_in(provider))
            case "rotate":
                self._tell([keys.rotate(provider, name=options["name"])])
            case "deal":
                count = keys.deal(provider, names=roles.ROLES[options["role"]].keys, directory=options["directory"])
                self.stdout.write(f"{count} keys copied for {options['role']}")
            case _:
                for standing in keys.standing(provider):
                    self.stdout.write(f"{standing.name:<24} {' '.join(standing.epochs)}")

    def _init(self, provider: FileProvider, named: list[str]) -> None:
        senders = {VENDOR, *named}
        if "default" in settings.ROLE.databases:
            senders |= set(Manufacturer.objects.values_list("code", flat=True))
        self._tell(keys.make(provider, senders=senders, at=timezone.now()))

    def _tell(self, made: list[str]) -> None:
        self.stdout.write("\n".join(f"made {each}" for each in made) or "no keys were missing")


def _ceremony(ring: FileProvider, options: Mapping[str, Any]) -> list[str]:
    """What the roots are asked to do."""
    offline, today = FileProvider(options["directory"]), timezone.now().date()
    try:
        if options["replace"]:
            return ceremony.replace(ring=ring, offline=offline, name=options["replace"])
        if options["retire"]:
            return ceremony.retire(ring=ring, offline=offline, kid=options["retire"], today=today)
        if options["revoke"]:
            return ceremony.revoke(ring=ring, offline=offline, kid=options["revoke"])
        return ceremony.begin(ring=ring, offline=offline, today=today)
    except ceremony.UnknownKid:
        raise CommandError("Nothing was signed: there is no key with this KID in the keyset.") from None
    except ceremony.OtherRoots:
        raise CommandError(
            "Nothing was stored: clients do not know the roots in that directory. Use the directory of the first `keys roots`."
        ) from None
