"""`bench activate`: activations a second over HTTP, with decision and certificate, against pgbench with the same statements.

Every key is asked for by a first computer, by the same one twice more, and by another, which is refused.
"""

import json
import os
import random
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from bench import Effort, load, rounds, site
from bench.load import CONNECTIONS
from bench.ours import BASIC, Stage, stage
from bench.rounds import Figures, Target, WorkIncomplete

WORKERS = (1, 2)
THREADS = 8
KEYS = 16_000
BLOCK = 8  # keys of a connection before the same keys come again
JOBS = 2
WRITTEN = ("activation_binding", "activation_daytally", "activation_keypressure")
COPIED = ("activation_batch", "activation_productkey", "activation_keyslot", *WRITTEN)
FOREIGN = """
ALTER TABLE copied.activation_productkey ADD FOREIGN KEY (batch_id) REFERENCES copied.activation_batch;
ALTER TABLE copied.activation_keyslot ADD FOREIGN KEY (key_id) REFERENCES copied.activation_productkey;
ALTER TABLE copied.activation_binding ADD FOREIGN KEY (slot_id) REFERENCES copied.activation_keyslot;
ALTER TABLE copied.activation_keypressure ADD FOREIGN KEY (key_id) REFERENCES copied.activation_productkey;
UPDATE copied.activation_productkey AS key SET mac = decode(lpad(to_hex(numbered.n - 1), 64, '0'), 'hex')
  FROM (SELECT id, row_number() OVER () AS n FROM copied.activation_productkey) AS numbered WHERE key.id = numbered.id;
"""
SCRIPT = Path(__file__).with_name("activate.sql")
PGBENCH = "pgbench"
TARGETS = [Target(f"ours, {workers} workers", PGBENCH, "per_second", must=0.25, reach=0.5) for workers in WORKERS]


def run(effort: Effort) -> int:
    """Measure, print, and write the result."""
    try:
        with stage() as prepared, prepared.connect("activation") as store:
            measured = _measure(prepared, store, effort)
    except WorkIncomplete as error:
        return rounds.failed(error)
    notes = {"connections": CONNECTIONS, "seconds": effort.seconds, "threads": THREADS, "keys": KEYS}
    rounds.report("activate", measured, TARGETS, keep=effort.counts, notes=notes)
    return 0


def _measure(prepared: Stage, store: psycopg.Connection[Any], effort: Effort) -> rounds.Measured:
    print(f"Issuing {KEYS} keys …", flush=True)
    bodies = prepared.folder / "activations.ndjson"
    bodies.write_text("\n".join(_bodies(_issued(prepared))), encoding="ascii")
    _copy(store)
    contenders: dict[str, Callable[[], Figures]] = {PGBENCH: partial(_pgbench, prepared, store, effort.seconds)}
    with ExitStack() as stack:
        for workers in WORKERS:
            port = site.free_port()
            argv = site.granian("regsvc.wsgi:application", port=port, workers=workers, threads=THREADS)
            log = prepared.folder / f"activate-{workers}.log"
            stack.enter_context(site.serving(argv, port=port, env=prepared.environment("activation"), log=log))
            contenders[f"ours, {workers} workers"] = partial(_loaded, port, bodies, store, effort.seconds)
        return rounds.interleaved(contenders, rounds=effort.rounds)


def _issued(prepared: Stage) -> list[Any]:
    """Keys of one slot each, made as the operator makes them."""
    os.environ.update(prepared.environment("operator"))
    import django

    django.setup()
    from activation import issuing
    from activation.models import Batch

    batch = issuing.open_batch(
        Batch(number=1, product="srv-std", channel="retail", slots=1, policy="retail-1"), today=datetime.now(UTC).date()
    )
    return [key for keys in issuing.issue(batch=batch, count=KEYS) for key in keys]


def _bodies(keys: list[Any]) -> Iterator[str]:
    """Requests in the order in which they are sent: blocks of keys, each asked for four times."""
    at_once = BLOCK * CONNECTIONS
    for first in range(0, len(keys), at_once):
        block = [(key, *_computers()) for key in keys[first : first + at_once]]
        for turn in range(4):
            yield from (_body(key, other if turn == 3 else own) for key, own, other in block)  # noqa: PLR2004 (the last)


def _computers() -> tuple[str, str]:
    """Two computers that have no component in common."""
    from activation.hardware import PLAIN, Hardware

    units = [random.randrange(1, 30) for _ in range(4)]
    models = [random.randrange(1, 4) for _ in range(4)]
    own = Hardware(PLAIN, (*units, *models))
    return own.text, Hardware(PLAIN, (*(unit + 30 for unit in units), *(model + 3 for model in models))).text


def _body(key: Any, hardware: str) -> str:
    asked = {"product_key": key.text, "product": "srv-std", "hardware_version": 1, "hardware": hardware}
    more = {"language": "de", "os": "linux 6.12", "client": "regwiz/1.0", "attempt": str(uuid.uuid4())}
    return json.dumps(asked | more)


def _copy(store: psycopg.Connection[Any]) -> None:
    """The same tables with the same keys, for pgbench."""
    store.execute("CREATE SCHEMA copied")
    for table in COPIED:
        store.execute(f"CREATE TABLE copied.{table} (LIKE public.{table} INCLUDING ALL)")
    for table in ("activation_batch", "activation_productkey", "activation_keyslot"):
        store.execute(f"INSERT INTO copied.{table} SELECT * FROM public.{table}")
    store.execute(FOREIGN)
    store.execute("VACUUM ANALYZE")


def _emptied(store: psycopg.Connection[Any], schema: str) -> None:
    store.execute(f"TRUNCATE {', '.join(f'{schema}.{table}' for table in WRITTEN)}")
    store.execute(f"UPDATE {schema}.activation_productkey SET state = 'live' WHERE state <> 'live'")
    store.execute("CHECKPOINT")


def _loaded(port: int, bodies: Path, store: psycopg.Connection[Any], seconds: float) -> Figures:
    """Put load on one server; every answer must be counted, every certificate of a new computer a binding."""
    _emptied(store, "public")
    load.put_on(port, path="/api/v1/activations", bodies=bodies, seconds=0.5)
    _emptied(store, "public")
    loaded = load.put_on(port, path="/api/v1/activations", bodies=bodies, seconds=seconds)
    granted, refused = loaded.answers.get("200", 0), loaded.answers.get("409", 0)
    _check(store, "public", granted=granted, refused=refused, answers=sum(loaded.answers.values()))
    return loaded.figures()


def _pgbench(prepared: Stage, store: psycopg.Connection[Any], seconds: float) -> Figures:
    _emptied(store, "copied")
    program = prepared.servers.servers["activation"].programs / "pgbench"
    given = {"i": 0, "block": BLOCK, "clients": CONNECTIONS, "keys": KEYS}
    argv = [program, "--no-vacuum", "--protocol=prepared", f"--file={SCRIPT}", f"--client={CONNECTIONS}", f"--jobs={JOBS}"]
    argv += [f"--time={max(1, round(seconds))}", *(f"--define={name}={value}" for name, value in given.items())]
    env = BASIC | {"PGOPTIONS": "-c search_path=copied"}
    done = subprocess.run(
        [*argv, prepared.servers.superuser_url("activation")], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise WorkIncomplete(f"pgbench: {done.stderr.strip()[:500]}")
    handled, rate = (float(re.findall(pattern, done.stdout)[0]) for pattern in (r"actually processed: (\d+)", r"tps = ([\d.]+)"))
    tallied = store.execute("SELECT coalesce(sum(count), 0) FROM copied.activation_daytally").fetchall()[0][0]
    if tallied != handled:
        raise WorkIncomplete(f"pgbench did {handled:.0f} transactions, and {tallied} were counted")
    return {"per_second": rate}


def _check(store: psycopg.Connection[Any], schema: str, *, granted: int, refused: int, answers: int) -> None:
    """What was answered must be what is stored."""
    tallied = dict(store.execute(f"SELECT answer, sum(count) FROM {schema}.activation_daytally GROUP BY 1").fetchall())
    bound = store.execute(f"SELECT count(*) FROM {schema}.activation_binding").fetchall()[0][0]
    said = (tallied.get("new", 0) + tallied.get("same", 0), tallied.get("refused", 0), tallied.get("new", 0))
    if said != (granted, refused, bound) or granted + refused != answers:
        raise WorkIncomplete(f"{granted} granted and {refused} refused of {answers}; stored: {said}, {bound} bindings")
