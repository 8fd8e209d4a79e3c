"""Child processes that end when their parent ends, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
PROGRAMS = ("postgres", "valkey-server")
PATIENCE = 5.0
LIBC = ctypes.CDLL(None)


def spawn(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: Path,
    uid: int | None = None,
    farewell: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program in its own session, with its output appended to *log*.

    Linux sends it *farewell* when the thread that called this function ends, kill -9 of the process included.
    So call it from a thread that lives as long as the program should. On other systems a killed parent leaves it running.

    Args:
        argv: The program and its arguments.
        env: Its whole environment; nothing is inherited.
        log: A file; made with mode 0600.
        uid: Another user and group to run as; needs root.
        farewell: The signal with which the program stops in order.
    """
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            list(map(str, argv)),
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=uid,
            group=uid,
            start_new_session=True,  # Ctrl-C in a terminal is for the supervisor, which ends its children in order
            preexec_fn=_tie(farewell) if sys.platform == "linux" else None,  # noqa: PLW1509 (it only makes two system calls)
        )
    finally:
        os.close(output)


def _tie(farewell: signal.Signals) -> Callable[[], None]:
    """What the child does before its program starts: ask the kernel for a signal when its parent dies."""
    parent = os.getpid()

    def tie() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(farewell), 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(1)

    return tie


def survivors(directory: Path) -> list[int]:
    """Running servers whose working directory is *directory*: a server, and the workers that it forked."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            working_directory, program = (entry / "cwd").readlink(), (entry / "exe").readlink()
        except OSError:  # it has just ended, or it is another user's
            continue
        if working_directory == directory and program.name.removesuffix(" (deleted)") in PROGRAMS:
            found.append(int(entry.name))
    return found


def clear(directory: Path, *, signals: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGKILL)) -> None:
    """End every server that still runs in *directory*, in order if it can be, by force if not."""
    for sent in signals:
        for pid in survivors(directory):
            _send(pid, sent)
        if _gone(directory):
            return


def _send(pid: int, sent: signal.Signals) -> None:
    try:
        os.kill(pid, sent)
    except ProcessLookupError:
        return


def _gone(directory: Path) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not survivors(directory):
            return True
        time.sleep(0.02)
    return False
