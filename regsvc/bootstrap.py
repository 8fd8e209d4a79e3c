"""Makes `.venv` from the hashed requirements, once, and starts the command again in it. It imports the standard library only."""

import fcntl
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".requirements"
INCLUDES = {
    "requirements.txt": ("requirements.txt",),
    "requirements-demo.txt": ("requirements-demo.txt", "requirements.txt"),
    "requirements-dev.txt": ("requirements-dev.txt", "requirements-demo.txt", "requirements.txt"),
}
LAST_LINES = 12
EVERY = 25  # packages a line of progress, where there is no terminal


def enter(requirements: str) -> None:
    """Return where the packages of *requirements* are at hand, or start this command line again where they are.

    An image or a virtual environment of one's own says so with REGSVC_NO_VENV; then nothing is installed.
    """
    if os.environ.get("REGSVC_NO_VENV"):
        return
    if not _complete(requirements):
        try:
            with _alone():
                if not _complete(requirements):
                    _install(requirements)
        except OSError as error:
            _stop(f"cannot write to {error.filename or VENV}: {error.strerror}. Is this folder yours?")
    if not _inside():
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 (no shell is wanted)


def _inside() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()  # it may be a link to an environment elsewhere


def _complete(requirements: str) -> bool:
    """Whether the stamp names this file as it is now, and the environment still runs."""
    try:
        # The stamp is executable: a copy that lost the mode of its files (an archive, another file system) does not count.
        return os.access(STAMP, os.X_OK) and _line(requirements) in STAMP.read_text(encoding="ascii").splitlines() and _runs()
    except OSError:
        return False


def _line(requirements: str) -> str:
    return f"{requirements} {hashlib.sha256((ROOT / requirements).read_bytes()).hexdigest()}"


def _runs() -> bool:
    """Whether its interpreter starts, and is of the version that the packages were installed for."""
    if _inside():
        return True
    look = "import sys, os; sys.exit(not os.path.isdir(os.path.join(sys.prefix, 'lib', 'python%d.%d' % sys.version_info[:2])))"
    try:
        return subprocess.run([PYTHON, "-I", "-S", "-c", look], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process install at a time. Another one waits here, and then finds the work done."""
    local = ROOT / ".local"
    local.mkdir(mode=0o700, exist_ok=True)
    with (local / "venv.lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting for another command that is setting up .venv ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(requirements: str) -> None:
    STAMP.unlink(missing_ok=True)
    if not (_runs() and os.access(VENV / "bin" / "pip", os.X_OK)):
        _make()
    total = len(re.findall(r"^[a-zA-Z0-9._-]+==", (ROOT / requirements).read_text(encoding="utf-8"), re.MULTILINE))
    _say(f"Setting up .venv with up to {total} packages from {requirements}. This happens once and may take some minutes.")
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    argv = [*pip, "--require-hashes", "--only-binary=:all:", "-r", str(ROOT / requirements)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as running:
        last = _show(running.stdout) if running.stdout else []
    if running.returncode != 0:
        print(*last, sep="\n", file=sys.stderr)
        _stop(f"the packages of {requirements} could not be installed (see above). Check your network connection, then try again")
    STAMP.touch(mode=0o755)
    STAMP.write_text("\n".join(map(_line, INCLUDES[requirements])) + "\n", encoding="ascii")


def _make() -> None:
    if _inside():
        _stop("this .venv is damaged. Try again with the Python that made it, such as: python3 manage.py")
    missing = importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None
    if (
        missing
        or subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], stdout=subprocess.DEVNULL, check=False).returncode
    ):
        _stop("this Python cannot create virtual environments. On Debian and Ubuntu: apt-get install python3-venv")


def _show(output: IO[str]) -> list[str]:
    """Count packages as pip comes to them. Returns its last lines."""
    last: deque[str] = deque(maxlen=LAST_LINES)
    count = 0
    for line in output:
        last.append(line.rstrip())
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            count += 1
            _progress(f"  {count} packages", step=count % EVERY == 0)
        elif line.startswith("Installing collected"):
            _progress("  unpacking ...           ", step=True)
    if sys.stdout.isatty():
        print()
    return list(last)


def _progress(text: str, *, step: bool) -> None:
    if sys.stdout.isatty():
        print(f"\r{text}", end="", flush=True)
    elif step:
        _say(text)


def _say(text: str) -> None:
    print(text, flush=True)


def _stop(reason: str) -> NoReturn:
    sys.exit(f"manage.py: {reason}")
