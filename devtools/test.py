"""`manage.py test`: everything that CI runs, on two processes. Arguments go to pytest."""

import os
import sys

PYTEST = ("-m", "pytest", "-n", "2", "--dist", "loadgroup")
HELP = """\
usage: manage.py test [PATH ...] [-k WORDS] [-m proof] [-n NUMBER] [pytest's other options]

Run the tests, on real servers of their own, which it starts and stops.

  PATH       files, folders, or one test: tests/intake/test_api.py::test_name; all without it
  -k WORDS   only tests whose names hold these words
  -m proof   the proofs instead: kills, storms and attacks of some minutes each, one over half an hour
  -n NUMBER  processes side by side, 2 without it; 0 to see what a test prints with -s, or to debug it
  -x         stop at the first failure

All of pytest's options: python3 -m pytest --help
"""


def main(argv: list[str]) -> int:  # noqa: RET503 (os.execv does not return)
    """Become pytest; returns only when it may not begin."""
    if {"-h", "--help"} & {*argv}:
        print(HELP, end="")
        return 0
    from devtools.pytest_plugin import chromium

    if not chromium():
        if os.environ.get("CI") == "true":
            print("Chromium is missing, and CI does not leave the browser tests out: apt-get install chromium", file=sys.stderr)
            return 1
        print("Chromium is missing: the browser tests are left out (apt-get install chromium)")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *PYTEST, *argv])  # noqa: S606 (no shell is wanted)
