"""What an intruder could look for: a person's values in bytes, in rows and in every file of the stores."""

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from devtools.embedded import Servers
from devtools.embedded.access import URL_NAMES

SHORTEST = 6


class Values:
    """A person's values, in the spellings in which they could lie around."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.spellings = {name: _spellings(value) for name, value in values.items()}

    def inside(self, content: bytes) -> list[str]:
        """The names of the values that *content* holds."""
        return [name for name, spellings in self.spellings.items() if any(each in content for each in spellings)]

    def inside_files(self, paths: Iterable[Path]) -> tuple[int, int, set[str]]:
        """How many files and bytes were read, and the names of the values that they hold."""
        files, size, found = 0, 0, set[str]()
        for path in paths:
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # it was taken away just now
                continue
            files, size = files + 1, size + len(content)
            found.update(self.inside(content))
        return files, size, found


def _spellings(value: str) -> list[bytes]:
    """UTF-8, UTF-16, JSON's escapes, hexadecimal, and base64 at each of its three offsets."""
    raw = value.encode()
    shifted = [base64.b64encode(bytes(shift) + raw)[shift and 4 : -4] for shift in range(3)]
    found = [raw, value.encode("utf-16-le"), json.dumps(value)[1:-1].encode(), raw.hex().encode(), *shifted]
    return [each for each in found if len(each) >= SHORTEST]


def rows(servers: Servers, alias: str, sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows as the database's superuser sees them."""
    with psycopg.connect(servers.superuser_url(alias), row_factory=dict_row) as connection:
        return connection.execute(sql.encode(), values).fetchall()


def flat(row: Mapping[str, Any]) -> bytes:
    """A row as bytes, as a dump would hold it."""
    return b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())


def files(servers: Servers, logs: Path) -> list[Path]:
    """Every file of the stores, their write-ahead logs, the broker, and all logs; what is in memory only is written first."""
    for alias in URL_NAMES:
        with psycopg.connect(servers.superuser_url(alias), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
    folders = [*(servers.root / name for name in (*URL_NAMES, "valkey")), logs]
    inside = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [*inside, *servers.root.glob("*.log")]
