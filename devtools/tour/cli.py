"""The tour from its first line to its last."""

import argparse
import sys
from pathlib import Path

from devtools.demo.ports import Ports
from devtools.demo.running import TROUBLES, Stopped, foreign, place_in, running, stoppable
from devtools.demo.terminal import say
from devtools.embedded import InUse
from devtools.tour import life
from devtools.tour.story import Story
from devtools.tour.walk import Waited
from devtools.tour.window import WindowBroken

USAGE = 2
PURPOSE = """Start the service on servers of its own, and follow a product key and a made-up customer through their whole life.
The key is sold, activated, refused, freed and confirmed by phone. The customer registers, is found by support, confirms,
unsubscribes and erases everything. Every step shows and checks what can be seen. Takes about half a minute."""


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
        say("Stopped early.")
    except InUse:
        print("tour: A tour is already running from this folder. Wait until it ends.", file=sys.stderr)
    except (*TROUBLES, WindowBroken, Waited) as trouble:
        print(f"\ntour: {trouble}", file=sys.stderr)
    return 1


def _play(directory: Path) -> int:
    say("A tour through the life of a product key and a registration, on servers of its own.\n")
    story = Story()
    with running(directory / "tour", fresh=True, ports=Ports.any) as up:
        life.walk(up, story)
        say("\nStopping the servers …")
    return story.close()
