"""Our own service on real servers: three stores with fsync, the real logins and rights, and each role's own keys."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from devtools.embedded import Servers
from devtools.embedded.access import URL_NAMES
from privacy import keyring, keys
from regsvc import placeholders, roles

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".local" / "bench"
CATALOGUE = ROOT / "devtools" / "demo" / "catalogue.json"
MANY = 10_000_000
BASIC = {name: value for name, value in os.environ.items() if name in {"HOME", "LANG", "LC_ALL", "PATH", "TMPDIR"}}


class NotPrepared(Exception):
    """A command of ours failed while the stores were prepared."""


class Stage:
    """The stores, migrated and with a catalogue, and what each role's processes need to run on them."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.folder = servers.root
        self.keys = self.folder / "keys"
        self._passwords = {role: secrets.token_urlsafe(24) for role in roles.ROLES}

    def prepare(self) -> None:
        """Do what an administrator does once: migrate, give rights, publish the catalogue, make and deal keys."""
        for alias in URL_NAMES:
            self._django("migrate", "--verbosity=0", f"--database={alias}")
        self._django("rights")
        self._django("catalogue", "import", str(CATALOGUE))
        self._django("keys", "init")
        self._django("keys", "roots", str(self.folder / "roots"))
        for name, role in roles.ROLES.items():
            if not role.owner:
                keys.deal(keyring.FileProvider(self.keys), names=role.keys, directory=self.folder / f"keys-{name}")
                for alias in role.databases:
                    self.servers.login(alias, roles.login(name), self._passwords[name])

    def environment(self, role: str) -> dict[str, str]:
        """The whole environment of one role's process."""
        row = roles.ROLES[role]
        urls = {name: self._url(alias, role) for alias, name in URL_NAMES.items() if alias in row.databases}
        broker = {"REDIS_URL": self.servers.environment()["REDIS_URL"]} if row.broker else {}
        directory = self.keys if row.owner else self.folder / f"keys-{role}"
        sites = ("REGSVC_PUBLIC_URL", "REGSVC_ACTIVATION_URL", "REGSVC_CONSOLE_URL")
        places = {name: f"http://localhost:{port}" for port, name in enumerate(sites, 8000)}
        own = {
            "DJANGO_SETTINGS_MODULE": "regsvc.settings",
            "REGSVC_DEVELOPMENT": "no",
            "REGSVC_ROLE": role,
            "REGSVC_KEYS": str(directory),
            "REGSVC_SECRET_KEY": secrets.token_urlsafe(48),
            "REGSVC_HOSTS": "localhost",
            "REGSVC_TRUST_CLEARTEXT": "loopback",
            "REGSVC_POSTS_PER_MINUTE": str(MANY),
        }
        return BASIC | placeholders.SPEAKER | places | own | urls | broker

    def _url(self, alias: str, role: str) -> str:
        if roles.ROLES[role].owner:
            return self.servers.environment()[URL_NAMES[alias]]
        port = self.servers.servers[alias].port
        return f"postgresql://{roles.login(role)}:{self._passwords[role]}@127.0.0.1:{port}/regsvc"

    def _django(self, *command: str) -> None:
        argv = [sys.executable, "-m", "django", *command]
        done = subprocess.run(argv, cwd=ROOT, env=self.environment("migrate"), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotPrepared(f"{' '.join(command[:2])}: {done.stderr.strip().rpartition(chr(10))[2]}")

    def connect(self, alias: str = "default", database: str = "regsvc") -> psycopg.Connection[Any]:
        """A connection that sees everything of one store."""
        return psycopg.connect(self.servers.superuser_url(alias, database), autocommit=True)

    def wordings(self) -> dict[tuple[str, str], str]:
        """The digests of the German wordings, by topic and sender."""
        with self.connect() as connection:
            rows = connection.execute("SELECT topic, sender, digest FROM catalogue_wording WHERE language = 'de'").fetchall()
        return {(topic, sender): digest for topic, sender, digest in rows}


@contextmanager
def stage() -> Iterator[Stage]:
    """Fresh stores in `.local/bench`, as long as the block."""
    os.environ["REGSVC_DEVELOPMENT"] = "yes"  # the embedded servers ask for it; ours see their own environment only
    shutil.rmtree(FOLDER, ignore_errors=True)
    print("Starting three PostgreSQL servers with fsync, and preparing them …", flush=True)
    with Servers(FOLDER, fsync=True) as servers:
        prepared = Stage(servers)
        prepared.prepare()
        yield prepared
