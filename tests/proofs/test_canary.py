"""Nobody's values lie anywhere in clear: data files, WAL, rows, the broker's traffic and keys, task messages, logs."""

import base64
import json
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import redis

from tests.proofs import hunting

pytestmark = pytest.mark.xdist_group("proofs")
CANARY = "zq7canary"
PURPOSE = "updates/vendor"
CONTACT = {
    "email": "zq7canary.person@example.org",
    "name": "Zq7canary Person-Nämé",
    "company": "Zq7canary Example GmbH",
    "phone": "+4930901820736",
    "address": "Zq7canary-Weg 1\n10115 Berlin",
}
DETAILS = {"serial": "ZQ7CANARY-0417", "purchased_from": "Zq7canary Shop"}
STORED = ("data files", "write-ahead log")
WORDS = ("zq7canary", "Person-Nämé", "4930901820736", "zq7moved", "zq7stranger")
REVEAL = """
from django.utils import timezone
from registration import support
for row in support.search("zq7canary.person@example.org", actor="ines", budget=60, at=timezone.now()).rows:
    look = support.Look(actor="ines", reason="customer-called")
    print(support.reveal(registration=row.id, look=look, minutes=10, budget=60, at=timezone.now()).contact.email)
"""


@contextmanager
def traffic(house) -> Iterator[bytearray]:
    """Every command that reaches the broker, as long as the block."""
    heard, valkey = bytearray(), house.servers.valkey
    with socket.create_connection(("127.0.0.1", valkey.port)) as wire:
        wire.sendall(f"AUTH {valkey.password}\r\nMONITOR\r\n".encode())

        def listen():
            while part := wire.recv(65536):
                heard.extend(part)

        listening = threading.Thread(target=listen)
        listening.start()
        house.until(lambda: heard.count(b"+OK") == 2, "the broker cannot be listened to")
        try:
            yield heard
        finally:
            wire.shutdown(socket.SHUT_RDWR)
            listening.join()


def lives(house):
    """Everything that can happen to a person; the secrets that the person held."""
    ada = house.register(PURPOSE, "offers/acme", contact=CONTACT, details=DETAILS, country="DE", language="de")
    gone = house.register(PURPOSE, contact=CONTACT | {"email": "zq7canary.gone@example.org"})
    house.until(lambda: {CONTACT["email"], "zq7canary.gone@example.org"} <= house.sink.counts().keys(), "no mail came")
    tokens = [token for page, token in house.sink.links_to(CONTACT["email"]) if page == "confirm"]
    with house.caller() as caller:
        for token in tokens:
            assert caller.form(f"/confirm/{base64.urlsafe_b64encode(token).rstrip(b'=').decode()}").status == 200
        house.until(house.settled)
        assert caller.post("/api/v1/my/receipt", {"email": "ZQ7canary.person@example.org"}).status == 202
        for wrong in ({"product": "srv-std", "zq7canary": 1}, {"product": "srv-std", "contact": {"email": "zq7stranger@"}}):
            assert caller.post("/api/v1/registrations", wrong).status == 422
        assert caller.ask("GET", "/zq7canary?zq7canary=zq7stranger").status == 404
    assert CONTACT["email"] in house.run_as("console", REVEAL)
    assert house.mine("PATCH", ada, {"contact": {"email": "zq7moved@example.org", "name": "Zq7moved"}}) == 202
    assert house.mine("DELETE", gone) == 202
    assert house.mine("GET", ada) == 200
    house.until(house.settled)
    house.until(lambda: "zq7moved@example.org" in house.sink.counts(), "no mail came to the new address")
    return [ada.secret, ada.text.encode(), gone.secret, gone.text.encode(), *tokens]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with suppress(FileNotFoundError):
                yield str(path.relative_to(folder)), path.read_bytes()


def rows(house) -> Iterator[tuple[str, bytes]]:
    """Every row as SQL shows it: what PostgreSQL has compressed is unpacked."""
    for alias in house.servers.servers:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        for (table,) in house.rows(alias, tables):
            for (row,) in house.rows(alias, f'SELECT t::text FROM "{table}" t'):
                yield f"rows of {alias}", row.encode()


def keys(house) -> Iterator[tuple[str, bytes]]:
    """Every key and value of the broker."""
    with redis.Redis.from_url(house.servers.valkey.url) as client:
        for key in client.scan_iter():
            kind = client.type(key)
            read = {b"string": client.get, b"hash": client.hgetall, b"set": client.smembers}.get(kind)
            value = read(key) if read else client.lrange(key, 0, -1) if kind == b"list" else client.zrange(key, 0, -1)
            parts = value if isinstance(value, (list, set)) else [*value, *value.values()] if isinstance(value, dict) else [value]
            yield "broker's keys", b"\n".join([key, *parts])


def sinks(house, heard) -> Iterator[tuple[str, bytes]]:
    """Everything that stays, and what goes through the broker."""
    for alias in house.servers.servers:
        with psycopg.connect(house.servers.superuser_url(alias), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        for name, content in files(house.servers.root / alias):
            yield ("write-ahead log" if "pg_wal" in name else "data files"), content
    for name, content in files(house.servers.root / "valkey"):
        yield f"broker's files {name}", content
    for log in (*house.servers.root.glob("*.log"), *house.stage.logs.glob("*.log")):
        yield "logs", log.read_bytes()
    yield from rows(house)
    yield from keys(house)
    yield from (("broker's traffic", command) for command in bytes(heard).splitlines())


def hunted(house, heard, hunt):
    """What was found in which sink; and how many bytes were looked through."""
    hits, size = {}, 0
    for sink, content in sinks(house, heard):
        size += len(content)
        deep = 0 if sink in STORED else hunting.DEEP  # what PostgreSQL compresses, the rows show
        for word in hunt.found(content, deep=deep):
            hits.setdefault(sink, set()).add(word)
    return hits, size


def planted(house, log: Path) -> set[str]:
    """The positive control: the word in every sink, dressed as it might get there by mistake."""
    document = json.dumps({"people": [{"email": CONTACT["email"]}] * 200})
    with psycopg.connect(house.servers.superuser_url("default"), autocommit=True) as connection:
        connection.execute("CREATE TABLE planted (plain text, packed text)")
        connection.execute("INSERT INTO planted VALUES (%s, %s)", [f"x {CANARY} y", document])
        connection.execute(
            "SELECT pg_logical_emit_message(false, 'test', %s)", [base64.b64encode(f"to {CANARY}".encode()).decode()]
        )
    packed = base64.b64encode(zlib.compress(f"body {CANARY}".encode()))
    with traffic(house) as heard, redis.Redis.from_url(house.servers.valkey.url) as client:
        client.lpush("regsvc:planted", json.dumps({"body": packed.decode(), "headers": {}}))
        house.until(lambda: b"regsvc:planted" in heard)
        log.write_bytes(base64.b64encode(b"a person: " + CANARY.encode()) + b"\n")
        hits, _ = hunted(house, heard, hunting.Hunt([CANARY]))
        client.delete("regsvc:planted")
    with psycopg.connect(house.servers.superuser_url("default"), autocommit=True) as connection:
        connection.execute("DROP TABLE planted")
    log.unlink()
    return set(hits)


@pytest.mark.parametrize("word", WORDS)
def test_the_hunt_sees_through_every_dress(word):
    hunt = hunting.Hunt([word])
    assert {dress for dress, blob in hunting.packed(word).items() if not hunt.found(blob)} == set()
    assert hunt.found(b"nothing of that kind" * 50) == set()


@pytest.mark.proof  # in the suite the tour looks for its own person's values, with a control too
def test_nobodys_values_are_found_anywhere_in_clear(house, verdict):
    with traffic(house) as heard:
        secrets = lives(house)
    hits, size = hunted(house, heard, hunting.Hunt(WORDS, secrets))
    found = [f"{word} in the {sink}" for sink, words in sorted(hits.items()) for word in sorted(words)]
    verdict("canaries", found, megabytes=size // 2**20, commands=heard.count(b"\n"), words=len(WORDS) + len(secrets))
    assert heard.count(b"registration.tasks.sweep") > 1

    expected = {"data files", "write-ahead log", "rows of default", "broker's keys", "broker's traffic", "logs"}
    assert planted(house, house.stage.logs / "planted.log") >= expected
