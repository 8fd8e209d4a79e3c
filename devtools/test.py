"""`manage.py test`: everything that CI runs, on three processes. Arguments go to pytest."""

import os
import sys

PYTEST = ("-m", "pytest", "-n", "3", "--dist", "loadgroup")  # on two cores: a third of the time a test waits
HELP = """\
usage: manage.py test [PATH ...] [-k WORDS] [-m proof] [-n NUMBER] [pytest's other options]

Run the tests on real servers, which this command starts and stops.

  PATH       files, folders or one test, such as tests/intake/test_api.py::test_name (default: all)
  -k WORDS   only tests with these words in their names
  -m proof   run the proofs instead: kills, storms and attacks of some minutes each, one over half an hour
  -n NUMBER  number of parallel processes (default: 3); 0 to debug, or to see what a test prints with -s
  -x         stop at the first failure

For all options of pytest, run python3 -m pytest --help.
"""


def main(argv: list[str]) -> int:  # noqa: RET503 (os.execv does not return)
    """Become pytest; returns only when it may not begin."""
    if {"-h", "--help"} & {*argv}:
        print(HELP, end="")
        return 0
    from devtools.pytest_plugin import chromium

    if not chromium():
        if os.environ.get("CI") == "true":
            print("Chromium is missing, and CI must run the browser tests: apt-get install chromium", file=sys.stderr)
            return 1
        print("Chromium is missing, so the browser tests are skipped: apt-get install chromium")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *PYTEST, *argv])  # noqa: S606 (no shell is wanted)
