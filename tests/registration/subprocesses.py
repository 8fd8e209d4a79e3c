"""Our own code in a process of its own, on the databases of the running test."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from django.db import connections

from devtools.embedded import spawn
from devtools.embedded.access import URL_NAMES

ROOT = Path(__file__).resolve().parent.parent.parent
SETUP = "import django; django.setup()\n"


def urls() -> dict[str, str]:
    """The URLs of the test's own databases."""
    found = {}
    for alias, name in URL_NAMES.items():
        told = connections[alias].settings_dict
        password = quote(told["PASSWORD"], safe="")
        found[name] = f"postgresql://{told['USER']}:{password}@{told['HOST']}:{told['PORT']}/{told['NAME']}"
    return found


@contextmanager
def running(argv: Sequence[str], log: Path, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A program as long as the block; it and what it started are killed at the end."""
    own = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "regsvc.settings"}
    process = spawn(argv, env=dict(os.environ) | urls() | own | settings, log=log)
    try:
        yield process
    finally:
        kill(process)


def python(code: str) -> list[str]:
    """Our own code, with Django set up."""
    return [sys.executable, "-c", SETUP + code]


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill -9 a program and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
