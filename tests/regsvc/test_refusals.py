"""Settings that would start a service which does not keep its promises are refused, with what to write instead."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import environment
from regsvc import placeholders, refusals
from regsvc.refusals import Refused

ROOT = Path(refusals.__file__).resolve().parent.parent
CANARY = "canary7q"
FAR, NEAR = refusals.site(local=False), refusals.site(local=True)


@pytest.mark.parametrize(
    "value",
    [secrets.token_urlsafe(48), secrets.token_hex(32), "8412096735" + "5091736284" + "1740283659" + "6620591843"],
    ids=["base64url", "hexadecimal", "digits"],  # two processes collect the same names
)
def test_a_random_secret_is_taken(value):
    assert refusals.secret(value) == value


@pytest.mark.parametrize("value", ["x" * 40, "ab" * 30, "change-me-" * 6, "0123456789" * 5, CANARY])
def test_a_secret_that_somebody_guesses_is_refused(value):
    with pytest.raises(Refused, match="40 random characters") as caught:
        refusals.secret(value)
    assert value not in str(caught.value)


def test_hosts_are_names_and_addresses():
    named = "register.example.com, localhost,127.0.0.1,[::1]"

    assert refusals.hosts(named) == ["register.example.com", "localhost", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize(
    "value", ["*", "a.example,*", ".example.com", "*.example.com", "example.com:443", "https://example.com", ",", "a b"]
)
def test_a_pattern_is_no_host(value):
    with pytest.raises(Refused, match="use full host names"):
        refusals.hosts(value)


@pytest.mark.parametrize(
    ("read", "value", "url"),
    [
        (FAR, "https://register.example.com/", "https://register.example.com"),
        (FAR, "https://register.example.com:8443", "https://register.example.com:8443"),
        (NEAR, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        (NEAR, "http://localhost", "http://localhost"),
        (NEAR, "http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_sites_address_is_a_scheme_and_a_host(read, value, url):
    assert read(value) == url


@pytest.mark.parametrize(
    ("read", "value", "told"),
    [
        (FAR, "http://register.example.com", "use https://"),
        (FAR, "http://localhost:8000", "use https://"),
        (FAR, "javascript:alert(1)", "without a path"),
        (FAR, "javascript://register.example.com", "without a path"),
        (FAR, "https://register.example.com/service", "without a path"),
        (FAR, "https://register.example.com?x=1", "without a path"),
        (FAR, f"https://user:{CANARY}@register.example.com", "a user name or a password"),
        (FAR, "https://*.example.com", "a host name"),
        (FAR, "register.example.com", "a host name"),
        (NEAR, "http://register.example.com", "an address of this machine"),
        (NEAR, "https://register.example.com", "remove REGSVC_DEVELOPMENT and REGSVC_TRUST_CLEARTEXT"),
    ],
)
def test_an_address_that_people_could_not_trust_is_refused(read, value, told):
    with pytest.raises(Refused, match=re.escape(told)) as caught:
        read(value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "by_port", "shared"),
    [
        ("https://a.example.com", "https://A.example.com:8443", False, True),
        ("https://a.example.com", "https://b.example.com", False, False),
        ("http://127.0.0.1:1", "http://127.0.0.1:2", True, False),
        ("http://127.0.0.1:1", "http://127.0.0.1:1", True, True),
        ("", "", False, False),
    ],
)
def test_two_sites_do_not_share_a_host(one, other, by_port, shared):
    faults = list(refusals.shared_sites({"ONE": one, "OTHER": other}, by_port=by_port))

    assert faults == (["OTHER: give it a host name of its own, not that of ONE"] if shared else [])


def test_proxies_are_addresses_and_networks():
    proxies = refusals.networks("10.0.0.7, 10.0.8.0/24,2001:db8::/32")

    assert all(address in proxies for address in ("10.0.0.7", "10.0.8.9", "2001:db8::1"))
    assert not any(address in proxies for address in ("10.0.0.8", "10.0.9.1", "2001:db9::1", "", "unix:"))
    assert list(proxies) == ["10.0.0.7/32", "10.0.8.0/24", "2001:db8::/32"]
    assert len(proxies) == 3


@pytest.mark.parametrize("value", ["*", "proxy.example.com", "10.0.0.7:80", "10.0.0.7/24", "0.0.0.0/0", "::/0", "128.0.0.0/1"])
def test_who_is_believed_is_named_exactly(value):
    with pytest.raises(Refused):
        refusals.networks(value)


def test_a_key_directory_is_its_owners_alone(tmp_path):
    tmp_path.chmod(0o700)

    assert refusals.key_directory(str(tmp_path)) == tmp_path
    assert refusals.key_directory(str(tmp_path / "later")) == tmp_path / "later"


@pytest.mark.parametrize("mode", [0o777, 0o750, 0o705, 0o720])
def test_a_key_directory_that_others_can_open_is_refused(tmp_path, mode):
    tmp_path.chmod(mode)

    with pytest.raises(Refused, match="chmod 700"):
        refusals.key_directory(str(tmp_path))


def test_a_key_directory_of_another_account_is_refused(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)

    with pytest.raises(Refused, match="chown"):
        refusals.key_directory(str(tmp_path))


def test_a_key_directory_is_no_file(tmp_path):
    (tmp_path / "file").touch(mode=0o600)

    with pytest.raises(Refused, match="use the path of a directory"):
        refusals.key_directory(str(tmp_path / "file"))


@pytest.mark.parametrize("value", [CANARY, "a@", "a@b@example.com", "a@example.com\nBcc: b@example.com", "Ann <a@example.com>"])
def test_an_address_is_a_mail_address(value):
    assert refusals.mail_address("privacy@example.com") == "privacy@example.com"
    with pytest.raises(Refused, match="use an e-mail address") as caught:
        refusals.mail_address(value)
    assert value not in str(caught.value)


def test_a_name_stands_on_one_line():
    assert refusals.line("Beispiel, größer") == "Beispiel, größer"
    with pytest.raises(Refused, match="one line"):
        refusals.line("Example\nBcc: b@example.com")


def start(role: str, **settings: str) -> list[str]:
    """The faults with which a process of *role* ends: production's settings, changed."""
    whole = placeholders.inherited() | environment.production(keys=ROOT / "no-keys") | {"REGSVC_ROLE": role} | settings
    argv = [sys.executable, "-c", "import regsvc.settings"]
    done = subprocess.run(argv, cwd=ROOT, env=whole, capture_output=True, text=True, check=False)
    assert CANARY not in done.stderr
    return [line.strip() for line in done.stderr.splitlines() if line.startswith("  ") and ": " in line and "File" not in line]


def test_every_lie_is_told_at_once():
    faults = start(
        "public",
        REGSVC_SECRET_KEY="x" * 40,
        REGSVC_HOSTS="*",
        REGSVC_PUBLIC_URL="http://register.example.com",
        REGSVC_ACTIVATION_URL="https://console.example.com",
        REGSVC_SENDER_ADDRESS=CANARY,
        REGSVC_PRIVACY_CONTACT=CANARY,
        REGSVC_PROXIES="*",
        REGSVC_CONFIRM="none:XX",
        REGSVC_BACH_WAIT="1 s",
        DATABASE_URL=f"postgresql://regsvc_owner:{CANARY}@db.example.com/regsvc",
        KEYSTORE_DATABASE_URL=f"postgresql://regsvc_public:{CANARY}@db.example.com:5432/keystore",
    )

    assert [fault.partition(":")[0] for fault in faults] == [
        *("DATABASE_URL", "KEYSTORE_DATABASE_URL", "REGSVC_SECRET_KEY", "REGSVC_HOSTS", "REGSVC_PUBLIC_URL"),
        *("REGSVC_CONSOLE_URL", "REGSVC_PROXIES", "REGSVC_SENDER_ADDRESS", "REGSVC_PRIVACY_CONTACT", "REGSVC_CONFIRM"),
        "REGSVC_BACH_WAIT is not a setting",
    ]
    assert faults[0] == "DATABASE_URL: log in as regsvc_public, the login of the role public"
    assert faults[1].startswith("KEYSTORE_DATABASE_URL: name another server than DATABASE_URL")
    assert faults[-1] == "REGSVC_BACH_WAIT is not a setting: did you mean REGSVC_BATCH_WAIT?"


def test_another_roles_login_is_refused():
    faults = start("public", DATABASE_URL="postgresql://regsvc_console:x@127.0.0.1:1/regsvc")

    assert faults == ["DATABASE_URL: log in as regsvc_public, the login of the role public"]


@pytest.mark.parametrize("setting", [{"REGSVC_DEVELOPMENT": "yes"}, {"REGSVC_TRUST_CLEARTEXT": "loopback"}])
def test_what_is_for_one_machine_has_no_address_elsewhere(setting):
    assert len(start("public", **setting)) == 3


def test_settings_that_keep_their_promises_start():
    assert start("public") == []


@pytest.mark.parametrize(("by_database", "told"), [(False, True), (True, False)])
def test_two_stores_on_one_server_are_refused_but_where_only_the_database_counts(by_database, told):
    store = {"HOST": "db.example.com", "PORT": 5432}
    stores = {"DATABASE_URL": store | {"NAME": "a"}, "KEYSTORE_DATABASE_URL": store | {"NAME": "b"}}

    assert bool(list(refusals.shared_servers(stores, by_database=by_database))) is told
    assert list(refusals.shared_servers(stores | {"OTHER": stores["DATABASE_URL"]}, by_database=True))
