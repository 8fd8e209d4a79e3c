"""The table of roles: what it names exists, what it promises holds, and no process starts with more than its row."""

import secrets
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connections

from activation import keychain
from privacy import keyring, keys
from regsvc import celery, placeholders, roles
from regsvc.roles import ROLES

ROOT = Path(__file__).resolve().parent.parent.parent
CANARY = "canary7q"
URL = f"postgresql://regsvc_{{}}:{CANARY}@127.0.0.1:{{}}/regsvc"
BROKER = f"redis://:{CANARY}@127.0.0.1:1/0"
WEB = {"REGSVC_SECRET_KEY": secrets.token_urlsafe(48), "REGSVC_HOSTS": "localhost"}
SPEAKER = placeholders.SPEAKER | {
    "REGSVC_PUBLIC_URL": "https://register.example.com",
    "REGSVC_ACTIVATION_URL": "https://activate.example.com",
    "REGSVC_CONSOLE_URL": "https://console.example.com",
}
OPENING = {"intake", "support", "custody", "service", "index", roles.MARKETING}


def workers() -> list[str]:
    return [name for name, role in ROLES.items() if not role.owner]


@pytest.mark.django_db(databases=["default", "keystore", "activation"])
@pytest.mark.parametrize("alias", roles.ALIASES)
def test_every_table_and_function_exists(alias):
    with connections[alias].cursor() as cursor:
        for name in workers():
            for table in ROLES[name].rights.get(alias, {}):
                cursor.execute("SELECT to_regclass(%s)", [table])
                assert cursor.fetchone() != (None,), table
            for function in ROLES[name].functions.get(alias, ()):
                cursor.execute("SELECT to_regprocedure(%s)", [function])
                assert cursor.fetchone() != (None,), function


@pytest.mark.parametrize("name", ROLES)
def test_every_key_can_be_made(name):
    made = {*keys.SECRETS, "intake", *keyring.PUBLIC_HALVES, keychain.KEYSET, keychain.ROOT, roles.MARKETING}

    assert set(ROLES[name].keys) <= made


@pytest.mark.parametrize("name", [name for name, role in ROLES.items() if role.urls])
def test_every_web_role_has_its_addresses(name):
    assert import_module(ROLES[name].urls).urlpatterns


def test_every_queue_has_one_consumer_and_every_consumer_a_broker():
    consumed = [queue for name in workers() for queue in ROLES[name].queues]

    assert sorted(consumed) == sorted(celery.QUEUES)
    assert all(role.broker for role in ROLES.values() if role.queues)
    assert set(ROLES["all"].queues) == set(celery.QUEUES)


def test_the_public_process_opens_nothing_and_knows_no_broker():
    public = ROLES["public"]

    assert not OPENING & set(public.keys)
    assert not public.broker
    assert "activation" not in public.databases
    assert public.rights["keystore"] == {}


def test_only_the_registrar_opens_letters_and_files():
    assert [name for name in workers() if "intake" in ROLES[name].keys] == ["registrar"]
    assert [name for name in workers() if "custody" in ROLES[name].keys] == ["registrar"]
    assert [name for name in workers() if "INSERT" in ROLES[name].rights.get("keystore", {}).get("keystore_grant", "")] == [
        "registrar"
    ]


def test_activation_and_registration_meet_nowhere():
    for name in workers():
        role = ROLES[name]
        personal = {table for alias in ("default", "keystore") for table in role.rights.get(alias, {})}
        if "activation" in role.databases:
            assert not {table for table in personal if table.startswith(("registration_", "intake_", "keystore_"))}
            assert not OPENING & set(role.keys)


def test_who_knows_the_clock_knows_nothing_else():
    assert ROLES["clock"] == roles.Role(broker=True)


def test_logins_are_named_after_roles():
    assert {roles.login(name) for name in workers()} == {f"regsvc_{name}" for name in workers()}
    assert {roles.login(name) for name in ("migrate", "all")} == {"regsvc_owner"}


def start(role: str, program: str = "import regsvc.settings", **environ: str) -> subprocess.CompletedProcess[str]:
    """A process of that role, with that environment and nothing else."""
    whole = placeholders.inherited() | SPEAKER | {"REGSVC_ROLE": role, "DJANGO_SETTINGS_MODULE": "regsvc.settings"} | environ
    argv = [sys.executable, "-c", program]
    return subprocess.run(argv, cwd=ROOT, env=whole, capture_output=True, text=True, check=False, timeout=60)


def stores(role: str) -> dict[str, str]:
    return {"DATABASE_URL": URL.format(role, 1), "KEYSTORE_DATABASE_URL": URL.format(role, 2)}


ROWS = {
    "public": WEB | stores("public") | {"REGSVC_KEYS": "keys"},
    "activation": WEB | {"ACTIVATION_DATABASE_URL": URL.format("activation", 3), "REGSVC_KEYS": "keys"},
    "mailer": stores("mailer") | {"REDIS_URL": BROKER, "REGSVC_KEYS": "keys", "REGSVC_SMTP_URL": "smtp://127.0.0.1:1"},
    "clock": {"REDIS_URL": BROKER},
}


@pytest.mark.parametrize("role", ROWS)
def test_a_process_starts_with_what_its_row_names(role):
    started = start(role, **ROWS[role])

    assert (started.returncode, started.stderr) == (0, "")


@pytest.mark.parametrize(
    ("role", "name", "value"),
    [
        ("public", "REDIS_URL", BROKER),
        ("public", "ACTIVATION_DATABASE_URL", URL),
        ("activation", "DATABASE_URL", URL),
        ("activation", "KEYSTORE_DATABASE_URL_FILE", f"/{CANARY}"),
        ("activation", "REDIS_URL_FILE", f"/{CANARY}"),
        ("mailer", "ACTIVATION_DATABASE_URL", URL),
        ("clock", "DATABASE_URL", URL),
    ],
)
def test_a_process_with_a_foreign_address_does_not_start(role, name, value):
    started = start(role, **ROWS[role], **{name: value})

    assert started.returncode != 0
    assert f"{name.removesuffix('_FILE')}: the role {role} must not" in started.stderr
    assert CANARY not in started.stderr


def test_the_role_of_everything_is_for_development_only():
    started = start("all", **stores("owner"), **WEB)

    assert "REGSVC_ROLE: `all` is for development only" in started.stderr


def test_what_is_absent_is_named_at_once():
    started = start("public", **dict.fromkeys(SPEAKER, ""), REGSVC_SECRET_KEY=CANARY)

    for name in ("DATABASE_URL", "KEYSTORE_DATABASE_URL", "REGSVC_KEYS", "REGSVC_HOSTS"):
        assert f"{name} is not set" in started.stderr
    assert "REGSVC_SECRET_KEY: use at least 40" in started.stderr
    assert CANARY not in started.stderr


@pytest.mark.parametrize(
    ("take", "add", "fault"),
    [
        (None, None, None),
        (None, "support", "support: the role public must not have this key"),
        (None, "offers/acme", "offers/acme: the role public must not have this key"),
        ("receipts", None, "receipts: this key is missing"),
    ],
)
def test_a_process_starts_with_exactly_the_keys_of_its_row(tmp_path, take, add, fault):
    names = [name for name in (*ROLES["public"].keys, add) if name and name != take]
    keys.deal(keyring.ring().provider, names=tuple(names), directory=tmp_path / "keys")

    started = start("public", "import django; django.setup()", **ROWS["public"] | {"REGSVC_KEYS": str(tmp_path / "keys")})

    assert (started.returncode == 0) is (fault is None), started.stderr
    assert fault is None or fault in started.stderr
