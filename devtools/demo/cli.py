"""The demo from its first line to its last."""

import argparse
import sys
import time

from devtools.demo import computers, description, env_files, summary, terminal
from devtools.demo.ports import Ports
from devtools.demo.running import TROUBLES, Running, Stopped, foreign, place_in, running, serve, stoppable
from devtools.demo.seeding import Seeding
from devtools.demo.terminal import say
from devtools.embedded import InUse

USAGE = 2
SAMPLE = 300
PORTS = "ports.json"
FIRST_PORT, LAST_PORT = 1024, 65526
PURPOSE = """Start the whole service on this machine: three PostgreSQL servers, Valkey, a process for each role and a mail sink.
Registers made-up people through the public API. All data is in .local/demo and is still there at the next start."""


def main(argv: list[str]) -> int:
    """Run the demo; 0 after Ctrl-C or SIGTERM, 1 where it could not run, 2 for wrong usage."""
    options = parser().parse_args(argv)
    if reason := foreign():
        print(f"demo: {reason}", file=sys.stderr)
        return USAGE
    try:
        with stoppable():
            _play(options)
    except Stopped:
        say("Stopped.")
        return 0
    except InUse:
        print("demo: A demo is already running from this folder. Stop it first.", file=sys.stderr)
    except TROUBLES as trouble:
        print(f"\ndemo: {trouble}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(prog="manage.py demo", description=PURPOSE)
    made.add_argument("--fresh", action="store_true", help="delete the data of earlier starts first")
    made.add_argument("--scale", type=_count, default=SAMPLE, metavar="N", help="how many people register (default %(default)s)")
    place_in(made)
    made.add_argument("--port-base", type=_port, metavar="PORT", help="use this port and the nine after it")
    return made


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("enter a whole number")
    return int(text)


def _port(text: str) -> int:
    port = _count(text)
    if not FIRST_PORT <= port <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"enter a port from {FIRST_PORT} to {LAST_PORT}")
    return port


def _play(options: argparse.Namespace) -> None:
    begun = time.monotonic()
    say("Starting the demo. Ctrl-C stops it.\n")
    folder = options.directory / "demo"

    def ports() -> Ports:
        description.remove(folder)  # the folder is ours by now; a killed demo has left it
        chosen = Ports.from_base(options.port_base) if options.port_base else Ports.again(folder / PORTS)
        chosen.remember(folder / PORTS)
        return chosen

    with running(folder, fresh=options.fresh, ports=ports) as up:
        env_files.remove(up.stage)
        _seed(up, options.scale)
        try:
            env_files.write(up.stage)
            description.write(up)
            up.cast.changed = lambda: description.write(up)
            summary.tell(up.stage, seconds=time.monotonic() - begun)
            serve(up.cast)
        finally:
            description.remove(folder)
            env_files.remove(up.stage)


def _seed(up: Running, wanted: int) -> None:
    if not up.stage.notes.activated:
        with terminal.step("computers", "activating") as step:
            step.text = computers.activate(up.stage, tell=step.tell, tend=up.cast.tend)
        up.stage.notes.activated = True
        up.stage.remember()
    if wanted > up.stage.notes.seeded:
        with terminal.step("people", "registering") as step:
            step.text = Seeding(up.stage, tell=step.tell, tend=up.cast.tend).run(wanted)
