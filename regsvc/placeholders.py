"""Settings that lead nowhere, for what needs none: a command's help, checks and tests. Nothing of them is a secret."""

import os
import secrets
from collections.abc import Mapping
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
