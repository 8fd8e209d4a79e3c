"""The settings with which tests and checks run."""

import secrets
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from regsvc import placeholders


def production(*, keys: Path) -> dict[str, str]:
    """The public web process as it would run behind HTTPS; it reaches two of the databases, its own keys and no broker."""
    own = {
        name: placeholders.NOWHERE[name].replace("regsvc_owner", "regsvc_public")
        for name in ("DATABASE_URL", "KEYSTORE_DATABASE_URL")
    }
    return {
        **placeholders.SPEAKER,
        **own,
        "REGSVC_ROLE": "public",
        "REGSVC_KEYS": str(keys / "public"),
        "REGSVC_SECRET_KEY": secrets.token_urlsafe(48),
        "REGSVC_HOSTS": "register.example.com",
        "REGSVC_PUBLIC_URL": "https://register.example.com",
        "REGSVC_ACTIVATION_URL": "https://activate.example.com",
        "REGSVC_CONSOLE_URL": "https://console.example.com",
    }


def begin_keys(directory: Path) -> subprocess.Popen[bytes]:
    """Begin to fill a fresh key directory, in a process of its own: what it imports would escape the measured coverage."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, parents=True)
    return subprocess.Popen([sys.executable, "-m", __name__, str(directory)])


def _make_keys(directory: Path) -> None:
    from activation import ceremony
    from privacy import keyring, keys
    from regsvc import roles

    provider, at = keyring.FileProvider(directory), datetime.now(UTC)
    keys.make(provider, senders=["vendor", "acme", "globex"], at=at)
    ceremony.begin(ring=provider, offline=keyring.FileProvider(directory / "roots"), today=at.date())
    keys.deal(provider, names=roles.ROLES["public"].keys, directory=directory / "public")


if __name__ == "__main__":
    _make_keys(Path(sys.argv[1]))
