"""What the record proves, what an outsider learns, and what is forgotten in between."""

import copy
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import staff
from accounts.models import RoleRequest, Staff
from catalogue import publishing, snapshot
from intake.models import Letter
from registration import cleanup, errands, mailed_links, policy, self_service, set_aside, writing
from registration.mail_content import Sender
from registration.policy import House
from tests.adversary.test_between_acts import recorded
from tests.conftest import CATALOGUE
from tests.registration.conftest import filed, sink
from tests.registration.owning import act

__all__ = ("filed", "sink")
UPDATES, OFFERS = "updates/vendor", "offers/vendor"
ADA = "ada@example.org"
AT_ONCE = House(without_mailbox=frozenset({"US"}))


# The wording is retired ---------------------------------------------------------------------------------------------------
def test_a_confirmation_asks_in_the_words_that_the_record_then_proves(life, sink):
    own = life.register(UPDATES, language="en")
    life.sweep()
    changed = copy.deepcopy(CATALOGUE)
    for each in changed["wordings"]:
        if (each["topic"], each["sender"], each["language"]) == ("updates", "vendor", "en"):
            each["text"] += " And to our partners."
    publishing.load(changed, at=timezone.now())
    snapshot.forget()
    errands.send_some(sender=Sender(speaker=policy.speaker(), public_url="https://register.example.com"), at=life.at)
    life.confirm(sink.links_to(ADA)[0][1])
    life.sweep()

    proved = next(standing for standing, _ in self_service.see(receipt=own).standings())
    text = snapshot.current().wording(proved.wording).text
    mail = " ".join(sink.arrived[0][1].decode().replace("=\r\n", "").split())
    assert ("And to our partners" in text) == ("And to our partners" in mail)


# Set aside, lowered, tidied, tried again ---------------------------------------------------------------------------------
def test_what_was_lowered_while_its_letter_stood_aside_stays_lowered(life, monkeypatch):
    life.house = AT_ONCE
    own = life.register(UPDATES, country="US")
    with monkeypatch.context() as patched:
        patched.setattr(writing.Batch, "save", _fails)
        life.sweep()
    assert Letter.objects.get(digest=own.digest).status == Letter.Status.ASIDE
    life.lower(own, UPDATES)
    life.sweep()
    cleanup.tidy(at=life.at)
    set_aside.retry(own.digest.hex())
    life.sweep()

    assert life.marketing(own) == set()


def _fails(_batch):
    raise IntegrityError("its own fault")


# What is said ------------------------------------------------------------------------------------------------------------
@pytest.mark.urls("regsvc.urls.public")
def test_an_unconfirmed_registration_is_not_told_that_everything_was_stopped(life, client):
    own = life.register(UPDATES)
    life.sweep()

    assert "for every registration with it" not in act(client, own, "stop-all").html


def test_a_withdrawal_after_many_changes_is_recorded_too(life):
    own = life.confirmed(UPDATES)
    for number in range(self_service.MOST_CHANGES):
        life.change(own, contact={"name": f"Ada {number}"})
    with pytest.raises(self_service.TooManyChanges):
        life.lower(own, UPDATES)
    life.sweep()
    assert life.marketing(own) == set(), "it was ended at once"
    life.at += timedelta(days=1)
    cleanup.tidy(at=life.at)

    assert recorded(own) == "withdrawn"


# What one caller can make the registrar do --------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["by link", "by receipt"])
def test_a_withdrawal_that_changes_nothing_costs_no_more_for_a_mailbox_with_many_registrations(life, how):
    first = life.confirmed(UPDATES)
    link = life.unsubscribe_token(first, UPDATES)

    def again():
        """Says the same once more; how many statements the sweep needs for it."""
        if how == "by link":
            mailed_links.unsubscribe(token=link, at=life.at)
        else:
            life.lower(first, UPDATES)
        with CaptureQueriesContext(connection) as asked:
            life.sweep()
        return len(asked)

    again()
    alone = again()
    for _ in range(30):
        life.register(UPDATES)
    life.sweep()
    again()

    assert again() < alone + 10


# The role is taken away --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_what_an_administrator_asked_for_is_not_approved_after_the_account_was_disabled():
    at, words = timezone.now(), "a long enough phrase 7q"
    for name, role in (("paul", "privacy officer"), ("boss", "administrator")):
        staff.create(username=name, password=words, names=[role], actor="test", at=at)
    Staff.objects.filter(username="boss").update(roles=["administrator"])
    RoleRequest.objects.all().delete()
    staff.create(username="ann", password=words, names=["support"], actor="boss", at=at)
    staff.set_active(username="boss", active=False, actor="other", at=at)

    assert not RoleRequest.objects.filter(account__username="ann").exists()
