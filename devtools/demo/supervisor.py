"""The processes of the demo: each role on its own, watched, started again if it dies, and stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from devtools.demo import front, readiness
from devtools.demo.terminal import painted, say
from devtools.demo.workspace import Stage, basic
from devtools.embedded import StartFailed, spawn

PATIENCE = 60.0
STOP_SECONDS = 8.0
MANY_DEATHS = 3
MINUTE = 60.0
LONGEST_PAUSE = 30.0
PAUSE = 0.1


class CannotRun(Exception):
    """A process did not get ready. The message names it and its log."""


@dataclass(slots=True)
class Restarts:
    """When something that dies is started again: at once, and after longer and longer pauses if it dies again and again."""

    deaths: list[float] = field(default_factory=list)
    due: float | None = None

    def died(self, now: float) -> float:
        """Note a death; the seconds until the next start."""
        self.deaths = [death for death in self.deaths if now - death < MINUTE] + [now]
        pause = min(LONGEST_PAUSE, 2.0 ** (len(self.deaths) - MANY_DEATHS)) if len(self.deaths) >= MANY_DEATHS else 0.0
        self.due = now + pause
        return pause


@dataclass(slots=True)
class Part:
    """One process of ours."""

    name: str
    argv: list[str]
    env: dict[str, str]
    log: Path
    ready: Callable[[], bool]
    farewell: signal.Signals = signal.SIGTERM  # what it is sent if the demo itself is killed
    process: "subprocess.Popen[bytes] | None" = None
    restarts: Restarts = field(default_factory=Restarts)

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def start(self) -> None:
        """Start it; it ends with this process, however this ends."""
        self.process = spawn(self.argv, env=self.env, log=self.log, farewell=self.farewell)

    def ended(self) -> int | None:
        """Its exit code if it has ended by itself."""
        return self.process.poll() if self.process else None

    def signal(self, sent: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to it, or to it and all that it started."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            if group:
                os.killpg(self.pid, sent)
            elif self.ended() is None:
                os.kill(self.pid, sent)


class Cast:
    """All processes of one stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.changed: Callable[[], None] = lambda: None  # called when a process has another number than before
        self.parts = {part.name: part for part in (_sink(stage), *_roles(stage), _front(stage))}
        self.servers: defaultdict[str, Restarts] = defaultdict(Restarts)

    def start(self) -> None:
        """Start everything, in an order in which each finds what it needs."""
        for part in self.parts.values():
            part.start()

    def await_ready(self, tell: Callable[[str], None]) -> None:
        """Wait until each says itself that it is ready.

        Raises:
            CannotRun: One of them ended, or took a minute.
        """
        missing = list(self.parts.values())
        deadline = time.monotonic() + PATIENCE
        while missing:
            tell(f"waiting for {', '.join(part.name for part in missing)}")
            missing = [part for part in missing if not self._ready(part)]
            if missing and time.monotonic() > deadline:
                raise CannotRun(f"{missing[0].name} did not start in time: see {missing[0].log}")
            time.sleep(PAUSE)

    def _ready(self, part: Part) -> bool:
        if (code := part.ended()) is not None:
            raise CannotRun(f"{part.name} ended ({_how(code)}): see {part.log}")
        return part.ready()

    def tend(self) -> None:
        """Start again what has died, and say so. What dies again and again is started again after a pause."""
        for server in (*self.stage.servers.servers.values(), self.stage.servers.valkey):
            if not server.pid and self._due(self.servers[server.name], f"the server {server.name} died", server.log):
                try:
                    server.start()
                except StartFailed:  # it died again while it started: the next call finds it so
                    _warn(f"the server {server.name} did not start (log: {server.log})")
        for part in self.parts.values():
            if (code := part.ended()) is not None and self._due(part.restarts, f"{part.name} ended ({_how(code)})", part.log):
                part.signal(signal.SIGKILL, group=True)  # a web server's worker would hold the port
                part.start()
                self.changed()

    def _due(self, restarts: Restarts, what: str, log: Path) -> bool:
        """Whether it is to be started now. Its death is noted and told once."""
        now = time.monotonic()
        if restarts.due is None:
            pause = restarts.died(now)
            _warn(f"{what}; starting it again{f' in {pause:g} s' if pause else ''} (log: {log})")
        if now < (restarts.due or now):
            return False
        restarts.due = None
        return True

    def stop(self) -> None:
        """Stop all in order, and by force what takes too long."""
        for part in self.parts.values():
            part.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for part in self.parts.values():
            with suppress(subprocess.TimeoutExpired):
                if part.process:
                    part.process.wait(max(0.1, deadline - time.monotonic()))
        for part in self.parts.values():
            if part.process:
                part.signal(signal.SIGKILL, group=True)
                part.process.wait()


def _warn(text: str) -> None:
    say(f"  {painted('!', '31')} {text}")


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _roles(stage: Stage) -> Iterable[Part]:
    for name, role in stage.workers.items():
        way, farewell = stage.ports.ways().get(name), signal.SIGKILL
        if way:
            argv, ready, farewell = web(way.inner), readiness.web(way.inner), signal.SIGTERM
        elif role.queues:
            argv, ready = _worker(name, role.queues), readiness.worker(stage.servers.environment()["REDIS_URL"], name)
        else:
            schedule = stage.folder / "roles" / name / "schedule"
            schedule.parent.mkdir(mode=0o700, exist_ok=True)
            for old in schedule.parent.iterdir():
                old.unlink()
            argv, ready = _clock(schedule), readiness.told(stage.logs / f"{name}.log", "maxinterval")
        yield Part(name, argv, stage.environment(name), _fresh(stage.logs / f"{name}.log"), ready, farewell)


def _front(stage: Stage) -> Part:
    ways, folder = stage.ports.ways(), stage.folder / "roles" / "front"
    folder.mkdir(mode=0o700, exist_ok=True)
    argv = front.argv(ways, file=folder / "ports.cfg")
    return Part("front", argv, basic(), _fresh(stage.logs / "front.log"), front.listening(ways))


def web(port: int) -> list[str]:
    """The command line of a web role's process."""
    options = {
        "interface": "wsgi",
        "http": "1",
        "workers": 1,
        "blocking-threads": 4,
        "host": "127.0.0.1",
        "port": port,
        "log-level": "warning",
        "workers-kill-timeout": 3,  # a worker that is just starting does not hear the signal, and would be waited for without end
    }
    named = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "granian", "regsvc.wsgi:application", "--no-ws", *named]


def _worker(name: str, queues: tuple[str, ...]) -> list[str]:
    # One process without a pool: a pool waits without end when the servers die under it, and holds what it was doing.
    options = ["--pool=solo", "--concurrency=1", "--without-gossip", "--without-mingle", f"--hostname={name}@demo"]
    return [sys.executable, "-m", "celery", "-A", "regsvc.celery", "worker", "-Q", ",".join(queues), *options]


def _clock(schedule: Path) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "regsvc.celery", "beat", f"--schedule={schedule}", "--pidfile="]


def _sink(stage: Stage) -> Part:
    smtp, web = stage.ports.smtp, stage.ports.mail
    argv = [sys.executable, "-m", "devtools.demo.sink", str(stage.mails), str(smtp), str(web)]
    return Part("mail", argv, basic(), _fresh(stage.logs / "mail.log"), readiness.both(smtp, web))


def _fresh(log: Path) -> Path:
    """The log of this start only."""
    log.unlink(missing_ok=True)
    return log
