"""What PostgreSQL and Valkey have in common: launched, waited for, stopped, killed, started again on the same port."""

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

from devtools.embedded import processes

START_SECONDS = 60.0
STOP_SECONDS = 20.0
LOG_END = 1500


class StartFailed(Exception):
    """A server did not start. The message ends with the last lines of its log."""


class Server(ABC):
    """One server program with its own folder, log and port."""

    def __init__(self, name: str, directory: Path, *, port: int) -> None:
        self.name = name
        self.directory = directory
        self.log = directory.with_name(f"{directory.name}.log")
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def argv(self) -> list[str | Path]:
        """The program and its arguments."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether this very process accepts connections."""

    @property
    def pid(self) -> int:
        """The server's process; 0 while it does not run."""
        return self.process.pid if self.process and self.process.poll() is None else 0

    def launch(self) -> None:
        """Begin to start. Whatever an earlier parent left running in the folder is ended first."""
        processes.clear(self.directory)
        env = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
        self.process = processes.spawn(self.argv(), env=env, log=self.log, farewell=signal.SIGINT)

    def wait(self) -> None:
        """Wait until it is ready.

        Raises:
            StartFailed: It ended, or took a minute.
        """
        deadline = time.monotonic() + START_SECONDS
        while self.pid and time.monotonic() < deadline:
            if self.ready():
                return
            time.sleep(0.01)
        end = self.log.read_text(encoding="utf-8", errors="replace")[-LOG_END:]
        self.kill()
        raise StartFailed(f"{self.name} did not start:\n{end}")

    def start(self) -> None:
        """Start, and return when it is ready."""
        self.launch()
        self.wait()

    def signal_stop(self) -> None:
        """Ask for a stop in order: PostgreSQL cuts its sessions off and writes a checkpoint."""
        if self.process and self.pid:
            self.process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """Stop in order, or by force after some seconds."""
        self.signal_stop()
        if self.process:
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """Kill -9: the server and all that it forked."""
        if self.process and self.pid:
            self.process.send_signal(signal.SIGSTOP)  # so that it forks no more
        processes.clear(self.directory, signals=[signal.SIGKILL])
        if self.process:
            self.process.kill()
            self.process.wait()
