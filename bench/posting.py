"""Posts letters as the public process does, in a process of its own: the registrar's keys and logins cannot."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.ours import ROOT, Stage


def post(prepared: Stage, file: Path) -> None:
    """Post every body of *file*, one a line."""
    argv = [sys.executable, "-m", "bench.posting", str(file)]
    subprocess.run(argv, cwd=ROOT, env=prepared.environment("public"), check=True)


def _post_all(file: Path) -> None:
    import django

    django.setup()
    from intake import registering

    for body in file.read_bytes().splitlines():
        registering.register(
            body, idempotency_key=None, channel=registering.API, without_mailbox=frozenset(), at=datetime.now(UTC)
        )


if __name__ == "__main__":
    _post_all(Path(sys.argv[1]))
