"""Everything up, as long as a block: servers, stores, and every role as its own process."""

import argparse
import fcntl
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple, NoReturn

from devtools.demo import terminal
from devtools.demo.front import NoHaproxy
from devtools.demo.ports import Ports, PortTaken
from devtools.demo.seeding import Stalled
from devtools.demo.supervisor import CannotRun, Cast
from devtools.demo.terminal import say
from devtools.demo.workspace import ROOT, NotPrepared, Stage
from devtools.embedded import InUse, Servers, StartFailed, processes

LOCAL = ROOT / ".local"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FOREIGN = ("DATABASE_URL", "KEYSTORE_DATABASE_URL", "ACTIVATION_DATABASE_URL", "REDIS_URL", "REGSVC_ROLE")
TROUBLES = (CannotRun, NoHaproxy, NotPrepared, PortTaken, Stalled, StartFailed, OSError)


class Stopped(BaseException):
    """Ctrl-C, or a signal that asks to stop."""


class Running(NamedTuple):
    """What is up."""

    stage: Stage
    cast: Cast


@contextmanager
def stoppable() -> Iterator[None]:
    """Let the signals that ask to stop raise Stopped, once: what cleans up is not interrupted."""
    before = {each: signal.signal(each, _stop) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    say("\nStopping …")
    raise Stopped


def place_in(parser: argparse.ArgumentParser) -> None:
    """Let a command's data lie elsewhere."""
    text = "keep all data in this folder instead of .local"
    parser.add_argument("--directory", type=Path, default=LOCAL, metavar="DIR", help=text)


def foreign() -> str | None:
    """Why the demo does not start here: settings of a real service are in the environment."""
    named = [name for setting in FOREIGN for name in (setting, f"{setting}_FILE") if name in os.environ]
    if not named:
        return None
    return f"{', '.join(named)} is set. This command uses only its own servers: run it without the settings of a real service."


@contextmanager
def running(folder: Path, *, fresh: bool, ports: Callable[[], Ports]) -> Iterator[Running]:
    """Start everything in *folder*, and stop it at the end of the block.

    Args:
        folder: Where the data lies.
        fresh: Whether what lies there is thrown away first.
        ports: Chooses the ports, after the folder is known to be free.

    Raises:
        CannotRun, InUse, NoHaproxy, NotPrepared, PortTaken, StartFailed: It did not come up. Nothing is left running.
    """
    os.environ["REGSVC_DEVELOPMENT"] = "yes"  # the embedded servers ask for it; no role's process sees it
    folder = folder.absolute()
    os.chdir(ROOT)
    if fresh and folder.exists():
        _wipe(folder)
    with ExitStack() as up:
        with terminal.step("servers", "three PostgreSQL servers, Valkey"):
            servers = up.enter_context(Servers(folder))
        stage = Stage(servers, ports())
        with terminal.step("stores", "migrations, rights, catalogue, keys, accounts"):
            stage.prepare()
        cast = Cast(stage)
        up.callback(cast.stop)
        with terminal.step("roles", "starting") as step:
            cast.start()
            cast.await_ready(step.tell)
            step.text = " ".join(cast.parts)
        yield Running(stage, cast)


def _wipe(folder: Path) -> None:
    """Remove what an earlier start left, unless it is running."""
    with (folder / "lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse from None
        for directory in folder.iterdir():
            processes.clear(directory)
        shutil.rmtree(folder)


def serve(cast: Cast) -> None:
    """Watch over everything until Stopped."""
    while True:
        cast.tend()
        time.sleep(0.5)
