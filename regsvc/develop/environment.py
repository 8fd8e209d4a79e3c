"""The settings with which tests and checks run."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

URLS = ("DATABASE_URL", "KEYSTORE_DATABASE_URL", "ACTIVATION_DATABASE_URL")
NOWHERE = {name: f"postgresql://regsvc_owner:unused@127.0.0.1:{port}/regsvc" for port, name in enumerate(URLS, 1)} | {
    "REDIS_URL": "redis://127.0.0.1:1/0"
}
SPEAKER = {
    "REGSVC_SENDER_NAME": "Example",
    "REGSVC_SENDER_ADDRESS": "updates@example.com",
    "REGSVC_POSTAL_ADDRESS": "Example Inc., 1 Example Street",
    "REGSVC_PRIVACY_CONTACT": "privacy@example.com",
    "REGSVC_PHONE_NUMBERS": "+49 30 0000000, +1 555 0100",
}


def inherited() -> dict[str, str]:
    """This process's environment without any setting of ours: nobody's real database is tested by accident."""
    return {name: value for name, value in os.environ.items() if not _ours(name)}


def _ours(name: str) -> bool:
    return name.startswith("REGSVC_") or name.removesuffix("_FILE") in NOWHERE


def development(*, servers: Mapping[str, str], keys: Path) -> dict[str, str]:
    """Every role in one process.

    Args:
        servers: The URLs of the databases and the broker; NOWHERE where none is needed.
        keys: The key directory.
    """
    return {
        **SPEAKER,
        **servers,
        "REGSVC_DEVELOPMENT": "yes",
        "REGSVC_ROLE": "all",
        "REGSVC_KEYS": str(keys),
        "REGSVC_SECRET_KEY": secrets.token_urlsafe(48),
        "REGSVC_HOSTS": "localhost,127.0.0.1,testserver",
        "REGSVC_PUBLIC_URL": "http://localhost:8000",
        "REGSVC_ACTIVATION_URL": "http://localhost:8001",
        "REGSVC_CONSOLE_URL": "http://localhost:8002",
        "REGSVC_SMTP_URL": "smtp://127.0.0.1:1",
        "REGSVC_BATCH_WAIT": "1 s",
        "REGSVC_TRUST_CLEARTEXT": "loopback",
        "REGSVC_POSTS_PER_MINUTE": "1000000",
    }


def production(*, keys: Path) -> dict[str, str]:
    """The public web process as it would run behind HTTPS; it reaches two of the databases, its own keys and no broker."""
    own = {name: NOWHERE[name].replace("regsvc_owner", "regsvc_public") for name in ("DATABASE_URL", "KEYSTORE_DATABASE_URL")}
    return {
        **SPEAKER,
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
