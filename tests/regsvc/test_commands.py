"""The wiring's commands: keys, rights, audit."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from activation import trust
from privacy import audit
from privacy.keyring import FileProvider
from registration import heartbeat
from regsvc import rights, roles


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def directory(tmp_path, settings):
    settings.KEY_DIRECTORY = tmp_path / "keys"
    return settings.KEY_DIRECTORY


def test_keys_are_made_once(life, directory):
    first = run("keys", "init", "--manufacturer", "initech")

    assert "made support@1" in first
    assert {"updates/globex", "offers/initech", "offers/vendor"} <= set(FileProvider(directory).names())
    assert run("keys", "init") == "no keys were missing\n"


def test_keys_are_made_without_a_database(directory, settings):
    settings.ROLE = roles.ROLES["clock"]

    assert "made offers/vendor@1" in run("keys", "init")


def test_the_standing_of_keys_shows_no_value(life, directory):
    run("keys", "init")
    values = [path.read_text().strip() for path in directory.iterdir()]

    shown = run("keys", "status")

    assert "support                  1\n" in shown
    assert not [value for value in values if value in shown]


def test_a_roles_keys_are_dealt(life, directory, tmp_path):
    run("keys", "init")

    assert run("keys", "deal", "public", str(tmp_path / "public")).endswith("keys copied for public\n")
    assert FileProvider(tmp_path / "public").names() == ["acknowledge", "intake.public", "receipts", "statements.public"]
    with pytest.raises(CommandError):
        run("keys", "deal", "nobody", str(tmp_path / "x"))


def test_a_key_gets_a_next_epoch_and_the_one_before_stays(life, directory):
    run("keys", "init")

    assert run("keys", "rotate", "certificate") == "made certificate@2\n"
    assert FileProvider(directory).epochs("certificate") == ["1", "2"]
    with pytest.raises(CommandError, match="invalid choice"):
        run("keys", "rotate", "index")


def test_the_roots_name_the_keys_of_certificates_and_stay_elsewhere(life, directory, tmp_path):
    run("keys", "init")

    assert run("keys", "roots", str(tmp_path / "roots")).split() == [
        *("made", "root-1@1", "made", "root-2@1", "made", "root-3@1", "made", "root@1", "made", "keyset@1"),
    ]
    assert run("keys", "roots", str(tmp_path / "roots")) == "no keys were missing\n"
    assert run("keys", "roots", str(tmp_path / "roots"), "--replace", "root-2") == "made root-2@2\nmade keyset@2\nmade root@2\n"
    assert run("keys", "roots", str(tmp_path / "roots"), "--retire", "certificate@1") == "made keyset@3\n"
    assert run("keys", "roots", str(tmp_path / "roots"), "--revoke", "certificate@1") == "made keyset@4\n"
    assert trust.pinned((tmp_path / "roots" / "root.json").read_bytes()).version == 2
    with pytest.raises(CommandError, match="no key with this KID"):
        run("keys", "roots", str(tmp_path / "roots"), "--revoke", "certificate@9")
    assert "root-1" not in run("keys", "status")


@pytest.mark.parametrize("unset", ["", "."])
def test_keys_want_a_directory(settings, unset):
    settings.KEY_DIRECTORY = unset

    with pytest.raises(CommandError, match="REGSVC_KEYS"):
        run("keys", "status")


def test_only_the_owner_gives_rights(settings):
    settings.ROLE = roles.ROLES["console"]

    with pytest.raises(CommandError, match="REGSVC_ROLE=migrate"):
        run("rights")


@pytest.mark.django_db(databases=["default", "keystore", "activation"])
def test_rights_are_given_to_every_store_again_and_again(in_turn):
    with in_turn():
        said = run("rights")
        again = run("rights")

    assert [line.partition(":")[0] for line in said.splitlines()] == list(roles.ALIASES)
    assert again == said


def test_what_the_servers_superuser_has_to_run_is_printed(settings):
    settings.ROLE = roles.ROLES["console"]

    said = run("rights", "--server-sql")

    assert "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC" in said


@pytest.mark.django_db(databases=["default", "keystore", "activation"])
def test_a_server_that_opens_locks_to_every_login_is_named(in_turn, monkeypatch):
    monkeypatch.setattr(rights, "still_open", lambda alias: ["pg_advisory_lock"] if alias == "keystore" else [])

    with in_turn(), pytest.raises(CommandError, match="keystore: every login of this server can still use pg_advisory_lock"):
        run("rights")


def test_a_trail_that_holds_is_told(db):
    audit.record(actor="staff:ines", act="reveal", at=timezone.now())

    assert run("audit", "verify") == "1 entries, all intact\n"
    assert run("audit", "verify", "--least", "1") == "1 entries, all intact\n"


def test_a_trail_whose_end_was_cut_off_is_found(db):
    with pytest.raises(CommandError, match="0 faults in 0 entries, expected at least 1"):
        run("audit", "verify", "--least", "1")


def test_a_trail_that_was_changed_is_found(db, capsys):
    audit.record(actor="staff:ines", act="reveal", reason="canary7q", at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE privacy_auditentry DISABLE TRIGGER audit_append_only")
        cursor.execute("UPDATE privacy_auditentry SET actor = 'staff:other'")

    out = io.StringIO()
    with pytest.raises(CommandError, match="1 faults in 1 entries"):
        call_command("audit", "verify", stdout=out)
    assert out.getvalue() == "entry 1: hash is wrong\n"


@pytest.mark.parametrize(("role", "fails"), [("registrar", True), ("mailer", False)])
def test_a_worker_whose_runs_no_longer_end_is_not_healthy(life, settings, role, fails):
    settings.ROLE = roles.ROLES[role]
    heartbeat.beat(heartbeat.SWEEP, at=timezone.now() - timedelta(hours=1))
    heartbeat.beat(heartbeat.MAIL, at=timezone.now())

    if fails:
        with pytest.raises(CommandError, match="no sweep has ended lately"):
            run("worker_health")
    else:
        assert run("worker_health") == "ok\n"
