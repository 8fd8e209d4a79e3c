"""How many mails a mailbox gets: confirmations are merged and slow down, and nobody can use up or silence it."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import translation
from django.utils.formats import date_format

from keystore.models import Grant, Token
from registration import cleanup, errands, mailed_links, policy
from registration.mail_content import Sender, written
from registration.models import Confirmation
from tests import forms, scenario
from tests.forms import Page

UPDATES, OFFERS = "updates/vendor", "offers/vendor"
ADA = "ada@example.org"
DAY = timedelta(days=1)


def test_what_waits_for_one_mailbox_comes_in_one_mail_with_one_link(life, sink, send):
    receipts = [life.register(UPDATES, OFFERS) for _ in range(5)]

    assert send() == 1
    ((page, token),) = sink.links_to(ADA)
    assert page == "confirm"
    assert {each.registration for each in mailed_links.asked(token=token)} == {each.number for each in receipts}
    life.confirm(token)
    life.sweep()
    assert [life.marketing(each) for each in receipts] == [{UPDATES, OFFERS}] * 5


def test_the_mail_names_the_newest_first_and_says_how_many_more_wait(life, sink, send):
    old = [life.register(UPDATES) for _ in range(60)]
    newest = life.register(UPDATES)

    assert send() == 1
    mail = sink.arrived[0][1].decode()
    assert newest.number in mail
    assert "11 more registrations with this address are waiting" in " ".join(mail.split())
    assert mail.index(newest.number) < min(mail.index(each.number) for each in old if each.number in mail)


def test_a_flood_hides_nobodys_own_registration_from_the_link(life, client, sink, send):
    owner = life.register(UPDATES, OFFERS)
    strangers = [life.register(UPDATES) for _ in range(55)]
    send()
    ((_, token),) = sink.links_to(ADA)
    url = f"/confirm/{written(token)}"
    assert owner.number not in Page(client.get(url)).html
    assert owner.number in Page(client.get(f"{url}?number={owner.number.lower().replace('-', ' ')}")).html

    forms.send(client, url, {"registration": owner.number, "choice": UPDATES})
    life.sweep()
    assert life.marketing(owner) == {UPDATES}
    assert [each for each in strangers if life.marketing(each)] == []


def test_the_button_for_all_confirms_only_what_the_mail_named(life, client, sink, send):
    first = life.register(UPDATES)
    for _ in range(50):
        life.register(UPDATES)
    send()
    ((_, token),) = sink.links_to(ADA)
    forms.send(client, f"/confirm/{written(token)}", {"x": ""})
    life.sweep()

    assert life.marketing(first) == set()
    assert Grant.objects.using("keystore").filter(purpose=UPDATES).count() == 50


def test_three_mails_without_an_answer_and_then_one_a_day(life, sink, send):
    days = []
    for _ in range(4):
        count = 0
        for _ in range(5):
            life.register(UPDATES)
            count += send()
        days.append(count)
        life.at += DAY

    assert days == [3, 1, 1, 1]


def test_the_third_mail_without_an_answer_slows_from_its_own_day_on(life, sink, send):
    sent = []
    for _ in range(2):
        for _ in range(2):
            life.register(UPDATES)
            sent.append(send())
        life.at += DAY

    assert sent == [1, 1, 1, 0]


def test_an_answer_brings_the_pace_back(life, sink, send):
    for _ in range(3):
        life.register(UPDATES)
        send()
    life.confirm(sink.links_to(ADA)[-1][1])
    life.sweep()
    life.at += DAY
    sent = []
    for _ in range(4):
        life.register(UPDATES)
        sent.append(send())

    assert sent == [1, 1, 1, 0]


def test_a_flood_of_confirmations_holds_back_no_security_mail(life, sink, send):
    receipt = life.confirmed(UPDATES)
    for _ in range(30):
        life.register(OFFERS)
        send()
    sink.arrived.clear()
    mailed_links.lost(address=ADA, at=life.at)

    assert send() == 1
    assert {page for page, _ in sink.links_to(ADA)} == {"my"}
    life.change(receipt, contact={"email": "new@example.org"})
    send()
    assert sink.counts()[ADA] == 2, "and the notice of the move came too"


def test_nothing_is_booked_ahead_and_a_sweep_that_fails_counts_nothing(life, sink, send, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("registration.writing.Batch.save", failing)
        life.register(UPDATES)
        for _ in range(5):
            with pytest.raises(OperationalError):
                life.sweep()

    assert send() == 1
    assert life.at.date() in {row.next_try.date() for row in Confirmation.objects.all()}


def failing(_batch):
    raise OperationalError("full")


def test_a_flood_to_one_mailbox_holds_up_no_other(life, sink, send):
    for _ in range(150):
        life.register(UPDATES)
    honest = [f"bob{number}@example.org" for number in range(5)]
    for address in honest:
        life.register(UPDATES, email=address)
    life.sweep()
    sender = Sender(speaker=policy.speaker(), public_url="https://register.example.com")

    assert errands.send_some(sender=sender, at=life.at, most=10).sent == 6
    assert set(honest) <= set(sink.counts())


def test_who_asks_again_is_the_newest(life, sink, send):
    owner = life.register(UPDATES)
    life.sweep()
    for _ in range(60):
        life.register(UPDATES)
    life.sweep()
    life.change(owner, choices=[scenario.choice(UPDATES)])
    send()

    first = sink.arrived[0][1].decode()
    assert owner.number in first


def test_plus_tags_count_as_one_mailbox_and_leave_the_plain_address_its_mail(life, sink, send):
    for number in range(12):
        life.register(UPDATES, email=f"ada+{number}@example.org")
    send()
    assert sum(sink.counts().values()) == 2
    owner = life.register(UPDATES)
    send()

    assert sink.counts()[ADA] == 1
    assert sum(sink.counts().values()) == 3
    life.confirm(sink.links_to(ADA)[0][1])
    life.sweep()
    assert life.marketing(owner) == {UPDATES}


def test_an_outsiders_registration_leaves_the_owners_link_good(life, sink, send):
    owner = life.register(UPDATES)
    send()
    ((_, token),) = sink.links_to(ADA)
    life.register(OFFERS)
    send()
    life.confirm(token)
    life.sweep()

    assert life.marketing(owner) == {UPDATES}


def test_asking_again_replaces_ones_own_older_link(life, sink, send):
    owner = life.register(UPDATES)
    send()
    life.change(owner, choices=[scenario.choice(UPDATES)])
    send()
    old, new = (token for _, token in sink.links_to(ADA))

    assert mailed_links.asked(token=old) == []
    life.confirm(new)
    life.sweep()
    assert life.marketing(owner) == {UPDATES}


def test_tidying_forgets_no_count_that_still_slows_a_mailbox(life, sink, send):
    for _ in range(3):
        life.register(UPDATES)
        send()
    life.at += DAY
    cleanup.tidy(at=life.at)
    sent = []
    for _ in range(2):
        life.register(UPDATES)
        sent.append(send())

    assert sent == [1, 0]


def test_a_mail_that_is_undecided_counts_as_one_of_the_days(life, sink, send):
    sink.hang_up_after = 0
    life.register(UPDATES)
    send()
    sink.hang_up_after = None
    sent = []
    for _ in range(3):
        life.register(UPDATES)
        sent.append(send())

    assert sent == [1, 1, 0]


def test_a_merged_mail_names_the_day_on_which_its_first_choice_ends(life, sink, send):
    first, _ = life.register(UPDATES), life.register(UPDATES)
    life.sweep()
    asked = Token.objects.using("keystore").filter(registration_id=first.registration, kind="pending")
    asked.update(expires=life.at.date() + DAY)
    send()

    ((_, content),) = sink.arrived
    with translation.override("en"):
        ends = date_format(life.at.date() + DAY, "DATE_FORMAT")
    assert ends in " ".join(content.decode().split())
