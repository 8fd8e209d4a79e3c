"""What demo and tour say in the terminal: short lines, and a count that moves in place where there is a terminal."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

WIDTH = 10
EVERY = 5.0  # seconds between lines of progress, where there is no terminal
BOLD, DIM, GREEN, RED = "1", "2", "32", "31"


def say(text: str = "", *, end: str = "\n") -> None:
    """Print a line. A terminal that has gone away is no reason to stop in disorder."""
    with suppress(OSError):
        print(text, end=end, flush=True)


def painted(text: str, colour: str) -> str:
    """The text in a colour, where there is a terminal that wants one."""
    wanted = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return f"\x1b[{colour}m{text}\x1b[0m" if wanted else text


class Step:
    """A piece of work under way, and how far it has come."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.begun = time.monotonic()
        self.told = self.begun
        self.text = ""

    def tell(self, text: str) -> None:
        """Say how far it is. Without a terminal this is said every few seconds only."""
        self.text = text
        if sys.stdout.isatty():
            say(f"\r\x1b[2K  {self.name:<{WIDTH}}{text} …", end="")
        elif time.monotonic() - self.told >= EVERY:
            self.told = time.monotonic()
            say(f"  {self.name:<{WIDTH}}{text} …")

    def done(self) -> None:
        """Say that it is done, and how long it took."""
        begin = "\r\x1b[2K" if sys.stdout.isatty() else ""
        say(f"{begin}  {self.name:<{WIDTH}}{self.text:<66}{time.monotonic() - self.begun:6.1f} s")


@contextmanager
def step(name: str, text: str) -> Iterator[Step]:
    """Say what is being done as long as the block, and at its end that it was."""
    told = Step(name)
    told.tell(text)
    yield told
    told.done()
