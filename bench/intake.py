"""`bench intake`: single registrations over HTTP, against the textbook and against the barest Python with the same seal."""

import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench import Effort, bodies, load, rounds, site
from bench.load import Load
from bench.ours import BASIC, ROOT, Stage, stage
from bench.rounds import Figures, Target, WorkIncomplete

WORKERS = (1, 2)
OUR_THREADS = 8
TEXTBOOK_THREADS = 4  # the best of 1, 2, 4 and 8
WARM = 0.5
TARGETS = [
    target
    for workers in WORKERS
    for target in (
        Target(
            f"ours, {workers} workers",
            f"textbook, {workers} workers",
            "per_second",
            must=8 if workers == 1 else 5,
            reach=12 if workers == 1 else 8,
        ),
        Target(f"ours, {workers} workers", f"barest, {workers} workers", "per_second", must=0.7, reach=0.9),
        Target(f"ours, {workers} workers", f"textbook, {workers} workers", "p99_ms", must=1 / 4, reach=1 / 10, at_most=True),
    )
]


class Kind(NamedTuple):
    """One way to take registrations in.

    Args:
        argv: The web server's command line, from a port and a number of workers.
        env: Its environment.
        path: What is posted to.
        bodies: The file of bodies.
        database, table: Where a registration becomes one row.
        good: The status of a registration that was taken in.
    """

    argv: Callable[..., list[str]]
    env: Mapping[str, str]
    path: str
    bodies: Path
    database: str
    table: str
    good: str


def run(effort: Effort) -> int:
    """Measure, print, and write the result."""
    try:
        with stage() as prepared:
            measured = _measure(prepared, effort)
    except WorkIncomplete as error:
        return rounds.failed(error)
    notes = {
        "connections": load.CONNECTIONS,
        "seconds": effort.seconds,
        "threads": {"ours": OUR_THREADS, "textbook": TEXTBOOK_THREADS},
    }
    rounds.report("intake", measured, TARGETS, keep=effort.counts, notes=notes)
    return 0


def _measure(prepared: Stage, effort: Effort) -> rounds.Measured:
    contenders: dict[str, Callable[[], Figures]] = {}
    with ExitStack() as stack:
        for name, kind in {"ours": ours(prepared), "textbook": textbook(prepared), "barest": barest(prepared)}.items():
            store = stack.enter_context(prepared.connect(database=kind.database))
            for workers in WORKERS:
                port = site.free_port()
                argv = kind.argv(port=port, workers=workers)
                log = prepared.folder / f"{name}-{workers}.log"
                stack.enter_context(site.serving(argv, port=port, env=kind.env, log=log))
                contenders[f"{name}, {workers} workers"] = partial(_loaded, kind, port, store, effort.seconds)
        return rounds.interleaved(contenders, rounds=effort.rounds)


def _loaded(kind: Kind, port: int, store: psycopg.Connection[Any], seconds: float) -> Figures:
    """Put load on one server, from an empty table and after a checkpoint; every answer must be a row."""
    load.put_on(port, path=kind.path, bodies=kind.bodies, seconds=WARM)
    store.execute(f"TRUNCATE {kind.table}")
    store.execute("CHECKPOINT")
    loaded = load.put_on(port, path=kind.path, bodies=kind.bodies, seconds=seconds)
    rows = store.execute(f"SELECT count(*) FROM {kind.table}").fetchall()
    return checked(loaded, good=kind.good, rows=rows[0][0])


def checked(loaded: Load, *, good: str, rows: int) -> Figures:
    """The figures, if every answer was the good one and became a row.

    Raises:
        WorkIncomplete: Not so.
    """
    if loaded.answers != {good: rows}:
        raise WorkIncomplete(f"{rows} rows are there, but the answers were {loaded.answers}")
    return loaded.figures()


def ours(prepared: Stage) -> Kind:
    """The role `public`, as it runs in production."""
    file = bodies.write(prepared.folder / "ours.ndjson", partial(bodies.ours, wordings=prepared.wordings()))
    argv = partial(site.granian, "regsvc.wsgi:application", threads=OUR_THREADS)
    return Kind(argv, prepared.environment("public"), "/api/v1/registrations", file, "regsvc", "intake_letter", "202")


def barest(prepared: Stage) -> Kind:
    """The barest, in the same database, with a table like ours."""
    with prepared.connect() as store:
        store.execute("CREATE SCHEMA barest; CREATE TABLE barest.letter (LIKE public.intake_letter INCLUDING ALL)")
    key = next((prepared.folder / "keys-public").glob("intake.public@*"))
    env = BASIC | {
        "BAREST_DATABASE_URL": prepared.servers.superuser_url("default"),
        "BAREST_KEY": str(key),
        "BAREST_EPOCH": key.name.partition("@")[2],
    }
    argv = partial(site.granian, "bench.barest.app:application", threads=OUR_THREADS)
    return Kind(argv, env, "/", prepared.folder / "ours.ndjson", "regsvc", "barest.letter", "202")


def textbook(prepared: Stage) -> Kind:
    """The textbook, in a database of its own on the same server."""
    with prepared.connect() as store:
        store.execute("CREATE DATABASE textbook")
    env = BASIC | {
        "DJANGO_SETTINGS_MODULE": "bench.textbook.settings",
        "TEXTBOOK_DATABASE_URL": prepared.servers.superuser_url("default", "textbook"),
        "TEXTBOOK_SECRET_KEY": secrets.token_urlsafe(48),
    }
    subprocess.run([sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity=0"], cwd=ROOT, env=env, check=True)
    file = bodies.write(prepared.folder / "textbook.ndjson", bodies.textbook)
    argv = partial(site.gunicorn, "bench.textbook.wsgi:application", threads=TEXTBOOK_THREADS)
    return Kind(argv, env, "/registrations", file, "textbook", "textbook_registration", "201")
