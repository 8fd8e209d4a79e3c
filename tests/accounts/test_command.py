"""`manage.py staff`."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Staff
from privacy.models import AuditEntry
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def run(*argv):
    out = io.StringIO()
    call_command("staff", *argv, stdout=out)
    return out.getvalue()


def test_a_made_password_is_printed_once_and_works():
    said = run("add", "ann", "--role", "support", "--role", "marketing", "--name", "Ann Example", "--generate")

    ann = Staff.objects.get()
    assert ann.roles == ["marketing", "support"]
    assert ann.check_password(said.removeprefix("Password: ").strip())
    assert AuditEntry.objects.get().actor == "command line"


def test_a_password_can_be_piped_in(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nmore\n"))

    said = run("add", "ann", "--role", "administrator")

    assert PASSWORD not in said
    assert Staff.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--role", "support", "--role", "activation operator"], "both registration and activation"),
        (["--role", "manufacturer"], "code"),
        (["--role", "support", "--manufacturer", "acme"], "code"),
    ],
)
def test_roles_that_do_not_go_together_are_refused(argv, said):
    with pytest.raises(CommandError, match=said):
        run("add", "ann", "--generate", *argv)
    assert not Staff.objects.exists()


def test_names_that_are_taken_unknown_or_odd():
    run("add", "ann", "--role", "support", "--generate")

    with pytest.raises(CommandError, match="already"):
        run("add", "ann", "--role", "support", "--generate")
    with pytest.raises(CommandError, match="no account"):
        run("disable", "bob")
    with pytest.raises(CommandError, match="Use 2 to 40"):
        run("add", "Ann B", "--role", "support", "--generate")


def test_the_list_shows_who_is_disabled():
    run("add", "ann", "--role", "manufacturer", "--manufacturer", "acme", "--generate")
    run("disable", "ann")

    assert run("list") == "ann: manufacturer of acme  (disabled)\n"


def test_the_first_accounts_hold_their_roles_and_later_ones_wait():
    run("add", "ann", "--role", "administrator", "--generate")
    said = run("add", "bob", "--role", "support", "--generate")
    assert "Waiting for approval: support." in said
    assert run("list") == "ann: administrator\nbob: no role  (waiting for approval: support)\n"

    run("add", "olga", "--role", "activation operator", "--generate")
    assert "olga: activation operator\n" in run("list")
    assert run("roles", "bob", "--role", "activation operator") == "Roles changed.\n"
    assert "bob: activation operator\n" in run("list")
