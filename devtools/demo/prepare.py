"""What an administrator does once, as the role `migrate`, in a process of its own: `python -m devtools.demo.prepare FOLDER`."""

import os
import sys
from pathlib import Path

import django
import msgspec

FOLDER_MODE = 0o700
CATALOGUE = Path(__file__).with_name("catalogue.json")
ACTOR, APPROVER = "demo", "privacy"  # the second needs an account: the first ones of an installation get their roles at once


def main(folder: Path) -> None:
    """Everything, each part harmless to repeat."""
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from devtools.demo.workspace import key_directory
    from regsvc import roles

    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0)
    call_command("rights")
    _catalogue()
    call_command("keys", "init")
    call_command("keys", "roots", str(folder / "roots"))
    for name, role in roles.ROLES.items():
        if role.keys and not role.owner:
            (folder / "roles" / name).mkdir(mode=FOLDER_MODE, exist_ok=True)
            call_command("keys", "deal", name, str(key_directory(folder, name)))
    _staff(folder)


def _catalogue() -> None:
    """Fill in what is missing. What an administrator renamed, replaced, retired or drafted since stays as it is."""
    from django.utils import timezone

    from catalogue import seeding

    seeding.seed(msgspec.json.decode(CATALOGUE.read_bytes()), at=timezone.now())


def _staff(folder: Path) -> None:
    """Make the accounts that are missing."""
    from django.utils import timezone

    from accounts import role_requests, staff
    from accounts.models import RoleRequest, Staff
    from devtools.demo.workspace import Notes

    notes = msgspec.json.decode((folder / "notes.json").read_bytes(), type=Notes)
    there = set(Staff.objects.values_list("username", flat=True))
    for account in notes.staff:
        if account.username not in there:
            staff.create(
                username=account.username,
                password=account.password,
                names=[account.role],
                name=account.name,
                manufacturer=account.manufacturer,
                actor=ACTOR,
                at=timezone.now(),
            )
    for asked in RoleRequest.objects.filter(requested_by=ACTOR):
        role_requests.approve(request=asked.id, actor=APPROVER, at=timezone.now())


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]))
