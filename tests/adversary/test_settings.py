"""Settings that say one thing and would do another."""

import pytest

from regsvc import env, refusals


@pytest.mark.parametrize("after", ["?sslmode=verify-full", "?sslrootcert=/etc/ca.pem", "#keystore"])
def test_what_stands_after_a_databases_name_is_not_passed_over(after):
    """It was: whoever wrote `sslmode=verify-full` had a connection that anybody in between could read."""
    with pytest.raises(refusals.Refused):
        env.database(f"postgresql://regsvc_public:secret@db.example.com/regsvc{after}")


@pytest.mark.parametrize("after", ["?starttls=required", "/relay", "#x"])
def test_what_stands_after_a_mail_servers_name_is_not_passed_over(after):
    with pytest.raises(refusals.Refused):
        env.smtp(f"smtps://user:secret@mail.example.com{after}")


def test_a_sender_is_one_that_every_mail_server_takes():
    """Otherwise each mail fails when it is sent, and is given up after some days."""
    assert refusals.sender("updates@bücher.example") == "updates@xn--bcher-kva.example"
    with pytest.raises(refusals.Refused):
        refusals.sender("grüße@example.com")


@pytest.mark.parametrize("after", ["?", "#", "/#", "\t", "/?"])
def test_links_are_made_of_a_host_name_and_nothing_after_it(after):
    """`https://register.example.com#/confirm/…` is the front page, and `…?/confirm/…` puts the secret into a query."""
    with pytest.raises(refusals.Refused):
        refusals.site(local=False)(f"https://register.example.com{after}")
