"""`manage.py test`: everything that CI runs, on two processes. Arguments go to pytest."""

import os
import sys

from regsvc.testing import chromium

PYTEST = ("-m", "pytest", "-n", "2", "--dist", "loadgroup")


def main(argv: list[str]) -> int:  # noqa: RET503 (os.execv does not return)
    """Become pytest; returns only when it may not begin."""
    if not chromium():
        if os.environ.get("CI") == "true":
            print("Chromium is missing, and CI does not leave the browser tests out: apt-get install chromium", file=sys.stderr)
            return 1
        print("Chromium is missing: the browser tests are left out (apt-get install chromium)")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *PYTEST, *argv])  # noqa: S606 (no shell is wanted)
