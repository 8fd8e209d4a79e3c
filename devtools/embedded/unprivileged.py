"""PostgreSQL refuses to run as root. Nothing of the machine is changed to let it: no account is made, no folder opened."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

NOBODY = 65534


class Way(NamedTuple):
    """How to start a program without root's name.

    Args:
        prefix: Stands before the program's own arguments.
        owner: Whose the server's folder must be.
    """

    prefix: tuple[str, ...]
    owner: int


class RootOnly(Exception):
    """This process is root, and can start nothing as anybody else."""


# In a user namespace root is called nobody, and stays the owner of its files.
NAMESPACE = Way(("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--"), owner=0)
# Containers forbid user namespaces. There it is really nobody, with the one capability to read a folder below /root.
CAPABILITY = Way(
    (
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        "--securebits=+no_setuid_fixup",  # access(2), with which PostgreSQL looks for itself, would not count the capability
        "--pdeathsig=INT",  # changing the user has cleared the one that was set before
        "--",
    ),
    owner=NOBODY,
)
WAYS = (NAMESPACE, CAPABILITY)


def way(program: Path) -> Way:
    """The first way in which *program* starts here.

    Raises:
        RootOnly: There is none.
    """
    if os.geteuid() != 0:
        return Way((), owner=os.geteuid())
    for candidate in WAYS:
        if _starts([*candidate.prefix, str(program), "--version"]):
            return candidate
    raise RootOnly(
        "PostgreSQL does not run as root, and root cannot switch to another account on this machine. Use an ordinary account"
    )


def _starts(argv: list[str]) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def hand_over(directory: Path, *, owner: int) -> None:
    """Make *owner* the owner of a folder and of all that it holds."""
    if directory.stat().st_uid == owner:
        return
    for path in (directory, *directory.rglob("*")):
        os.chown(path, owner, owner, follow_symlinks=False)
