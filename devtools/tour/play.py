"""The tour from its first line to its last."""

import argparse
import sys
from pathlib import Path

from devtools.demo.ports import Ports
from devtools.demo.running import TROUBLES, Stopped, foreign, place_in, running, stoppable
from devtools.demo.telling import say
from devtools.embedded import InUse
from devtools.tour import life
from devtools.tour.story import Story
from devtools.tour.walk import Waited
from devtools.tour.window import WindowBroken

USAGE = 2
PURPOSE = """Starts the service on servers of its own and walks one product key and one made-up person through a whole life.
The key is sold, activated, refused, freed, confirmed by telephone; the person registers, is found by support, confirms,
unsubscribes, erases. Every step shows what can be seen, and checks it. Takes about half a minute."""


def main(argv: list[str]) -> int:
    """Walk through it; 0 only if every check held, 1 if one did not or the tour could not run, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="manage.py tour", description=PURPOSE)
    place_in(parser)
    options = parser.parse_args(argv)
    if reason := foreign():
        print(f"tour: {reason}", file=sys.stderr)
        return USAGE
    try:
        with stoppable():
            return _play(options.directory)
    except Stopped:
        say("Stopped before the end.")
    except InUse:
        print("tour: one is under way from this folder already.", file=sys.stderr)
    except (*TROUBLES, WindowBroken, Waited) as trouble:
        print(f"\ntour: {trouble}", file=sys.stderr)
    return 1


def _play(directory: Path) -> int:
    say("A tour through one product key's life and one registration's. Everything that you see happens on servers of its own.\n")
    story = Story()
    with running(directory / "tour", fresh=True, ports=Ports.any) as up:
        life.walk(up, story)
        say("\nStopping the servers …")
    return story.close()
