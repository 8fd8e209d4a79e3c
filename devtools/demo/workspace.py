"""The stores of one folder, prepared as an administrator would, and the environment of each role's own process."""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from devtools.demo.front import LOOPBACK
from devtools.demo.ports import Ports
from devtools.demo.shop import ForSale
from devtools.embedded import Servers, spawn
from devtools.embedded.access import URL_NAMES
from regsvc import roles
from regsvc.placeholders import SPEAKER

ROOT = Path(__file__).resolve().parent.parent.parent
INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "REGSVC_NO_VENV")
WAIT = "1 s"
LAST_LINES = 1500


class NotPrepared(Exception):
    """A command of ours failed while the stores were prepared. The message ends with its output."""


class Account(msgspec.Struct):
    """A staff account of the demo."""

    role: str
    username: str
    name: str
    password: str
    manufacturer: str = ""

    def __repr__(self) -> str:
        return f"Account({self.role})"


class Notes(msgspec.Struct):
    """What the folder remembers from one start to the next."""

    staff: list[Account]
    seeded: int = 0
    product_keys: list[ForSale] = msgspec.field(default_factory=list)
    activated: bool = False

    def __repr__(self) -> str:
        return "Notes(…)"


ACCOUNTS = (
    ("support", "support", "Ines Example"),
    ("marketing", "marketing", "Marek Example"),
    ("manufacturer", "acme", "Ayu Example of Acme"),
    ("activation operator", "operator", "Olga Example"),
    ("privacy officer", "privacy", "Paul Example"),
    ("administrator", "admin", "Amara Example"),
)


class Stage:
    """Everything that the processes of one folder stand on."""

    def __init__(self, servers: Servers, ports: Ports) -> None:
        self.servers, self.ports, self.folder = servers, ports, servers.root
        self.mails, self.logs, self.keys = (self.folder / name for name in ("mails", "logs", "keys"))
        for directory in (self.mails, self.logs, self.keys, self.folder / "roles"):
            directory.mkdir(mode=0o700, exist_ok=True)
        self.workers = {name: role for name, role in roles.ROLES.items() if not role.owner}
        self.logins = {name: secrets.token_urlsafe(24) for name in self.workers}
        self.notes = self._remembered()

    def _remembered(self) -> Notes:
        """The notes of an earlier start, or new ones, with a password for each account."""
        if self._notes_file.exists():
            return msgspec.json.decode(self._notes_file.read_bytes(), type=Notes)
        made = [
            Account(role, username, name, secrets.token_urlsafe(12), "acme" if role == "manufacturer" else "")
            for role, username, name in ACCOUNTS
        ]
        self.notes = Notes(made)
        self.remember()
        return self.notes

    @property
    def _notes_file(self) -> Path:
        return self.folder / "notes.json"

    def remember(self) -> None:
        """Keep the notes."""
        write_private(self._notes_file, msgspec.json.encode(self.notes))

    def prepare(self) -> None:
        """Do what an administrator does once, and let each role log in to its own databases.

        Raises:
            NotPrepared: Something of it failed.
        """
        log = self.logs / "prepare.log"
        log.unlink(missing_ok=True)
        preparing = spawn([sys.executable, "-m", "devtools.demo.prepare", self.folder], env=self.owner(), log=log)
        try:
            if preparing.wait() != 0:
                raise NotPrepared(log.read_text(encoding="utf-8", errors="replace")[-LAST_LINES:])
        finally:
            end(preparing)
        for name, role in self.workers.items():
            for alias in role.databases:
                self.servers.login(alias, roles.login(name), self.logins[name])
        if not self.notes.product_keys:
            self._issue()

    def _issue(self) -> None:
        """Let the operator make the product keys, and keep them: they are shown only once."""
        arguments = [sys.executable, "-m", "devtools.demo.shop"]
        with (self.logs / "prepare.log").open("ab") as log:
            made = subprocess.run(arguments, env=self.environment("operator"), stdout=subprocess.PIPE, stderr=log, check=False)
        if made.returncode != 0:
            raise NotPrepared((self.logs / "prepare.log").read_text(encoding="utf-8", errors="replace")[-LAST_LINES:])
        self.notes.product_keys = msgspec.json.decode(made.stdout, type=list[ForSale])
        self.remember()

    def owner(self) -> dict[str, str]:
        """The environment of the role `migrate`."""
        urls = {name: self.servers.environment()[name] for name in URL_NAMES.values()}
        return self._common("migrate") | urls | {"REGSVC_KEYS": str(self.keys)}

    def environment(self, name: str) -> dict[str, str]:
        """The whole environment of one role's process: what its row names, and nothing else."""
        role = self.workers[name]
        settings = self._common(name) | {URL_NAMES[alias]: url for alias, url in self.database_urls(name).items()}
        if role.broker:
            settings["REDIS_URL"] = self.servers.environment()["REDIS_URL"]
        if role.keys:
            settings["REGSVC_KEYS"] = str(key_directory(self.folder, name))
        if role.urls:
            settings |= {"REGSVC_SECRET_KEY": secrets.token_urlsafe(48), "REGSVC_HOSTS": "127.0.0.1,localhost"}
            settings |= {"REGSVC_POSTS_PER_MINUTE": "1000000", "REGSVC_PROXIES": LOOPBACK}
        if {"mail", "service"} & set(role.queues):
            settings["REGSVC_SMTP_URL"] = f"smtp://127.0.0.1:{self.ports.smtp}"
        return settings

    def _common(self, name: str) -> dict[str, str]:
        urls = self.ports.urls()
        return {
            **basic(),
            **SPEAKER,
            "DJANGO_SETTINGS_MODULE": "regsvc.settings",
            "REGSVC_ROLE": name,
            "REGSVC_PUBLIC_URL": urls["public"],
            "REGSVC_ACTIVATION_URL": urls["activation"],
            "REGSVC_CONSOLE_URL": urls["console"],
            "REGSVC_BATCH_WAIT": WAIT,
            "REGSVC_TRUST_CLEARTEXT": "loopback",
        }

    def database_urls(self, name: str) -> Mapping[str, str]:
        """One role's own logins, by alias."""
        login, password = roles.login(name), self.logins[name]
        ports = {alias: self.servers.servers[alias].port for alias in self.workers[name].databases}
        return {alias: f"postgresql://{login}:{password}@127.0.0.1:{port}/regsvc" for alias, port in ports.items()}


def basic() -> dict[str, str]:
    """What any program of ours needs to run, and no setting."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def key_directory(folder: Path, name: str) -> Path:
    """Where one role's own keys lie."""
    return folder / "roles" / name / "keys"


def write_private(path: Path, content: bytes) -> None:
    """Replace a file in one step, readable by its owner only."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_bytes(content)
    new.replace(path)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a program that was started on its own, whatever it does."""
    if process.poll() is None:
        process.kill()
        process.wait()
