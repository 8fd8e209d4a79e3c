"""`demo.json`: what runs where, for programs that use the demo. It exists while the demo is ready."""

import json
import os
from pathlib import Path
from typing import Any

from devtools.demo import computers
from devtools.demo.prepare import CATALOGUE
from devtools.demo.running import Running
from devtools.demo.workspace import write_private
from devtools.embedded.access import URL_NAMES

NAME = "demo.json"


def described(up: Running) -> dict[str, Any]:
    """The whole description; `databases` are the owner's logins, `roles` have each role's own."""
    stage, parts = up.stage, up.cast.parts
    environment = stage.servers.environment()
    products = json.loads(CATALOGUE.read_text(encoding="utf-8"))["products"]
    return {
        "ready": True,
        "pid": os.getpid(),
        "urls": stage.ports.urls(),
        "mail_dir": str(stage.mails),
        "staff": [
            {"role": each.role, "username": each.username, "password": each.password, "totp_secret": None}
            for each in stage.notes.staff
        ],
        "api_keys": [],
        "products": [{"code": each["code"], "name": each["name"]} for each in products],
        "product_keys": [
            {"key": each.key, "product": each.product, "channel": each.channel}
            for each in computers.unused(stage.notes.product_keys)
        ],
        "databases": {alias: environment[name] for alias, name in URL_NAMES.items()},
        "redis": environment["REDIS_URL"],
        "log_dir": str(stage.logs),
        "key_dir": str(stage.keys),
        "roles": {name: {"pid": parts[name].pid, "database_urls": stage.database_urls(name)} for name in stage.workers},
    }


def write(up: Running) -> None:
    """Replace the file."""
    write_private(up.stage.folder.with_name(NAME), json.dumps(described(up), ensure_ascii=False, indent=2).encode())


def remove(folder: Path) -> None:
    """Nothing is ready in the demo's folder, or not any more."""
    folder.with_name(NAME).unlink(missing_ok=True)
