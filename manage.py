#!/usr/bin/env python3
"""The one command of this project. It prepares its own environment on first use.

This file is also read by Pythons that are too old, so that they can say so: keep its syntax plain.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (see above)
    sys.exit("manage.py: You need Python 3.11 or newer. This is Python {}.{}.".format(*sys.version_info))

from regsvc import bootstrap, commandline

if __name__ == "__main__":
    bootstrap.enter(commandline.requirements(sys.argv[1:]))
    sys.exit(commandline.run(sys.argv))
