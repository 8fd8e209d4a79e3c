"""What an adversary achieved once, tried again from outside. Each finding is named as in the threat model's table."""

import idna
import pytest

from tests.adversary.racing import moved_during_a_mail
from tests.adversary.web import OFFERS, UPDATES

pytestmark = pytest.mark.xdist_group("adversary")
EVIL = "evil.example"


# C1 -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_link_that_was_under_way_confirms_nothing_for_another_mailbox(town, boxes, verb):
    own = {box: town.web.register(box, UPDATES, OFFERS) for box in (boxes("mallory", EVIL) for _ in range(3))}
    town.sweep()

    moved_during_a_mail(town, own, verb, boxes)

    assert [town.web.states(each.receipt) for each in own.values()] == [{OFFERS: "unconfirmed", UPDATES: "unconfirmed"}] * 3


def test_a_link_from_before_a_move_confirms_nothing_after_it(town, boxes):
    old = boxes("mallory", EVIL)
    own = town.filed(old, UPDATES)
    town.mail(lambda: town.office.links([old]))
    town.web.move(own.receipt, boxes("victim"))
    for link in town.office.links([old]):
        town.web.press(link)  # before the move is filed, and after
    town.sweep()
    for link in town.office.links([old]):
        town.web.press(link)
    town.sweep()

    assert town.web.states(own.receipt) == {UPDATES: "unconfirmed"}


# H1 -------------------------------------------------------------------------------------------------------------------
HOSTILE = (
    "x@אב1.example",
    "x@ދިވެހި.example",
    f"{'ß' * 40}@example.org",
    f"{'ü' * 60}@example.org",
    f"x@{'ß' * 40}.example",
    "jürgen@example.org",
    '"a b"@example.org',
)


def test_no_address_stops_the_mail_to_others(town, boxes):
    for address in HOSTILE:
        assert town.web.post(address, UPDATES)[0] in {202, 422}
    honest = [boxes("honest") for _ in range(3)]
    for box in honest:
        town.web.register(box, UPDATES)
    town.sweep()

    town.mail()

    assert [len(town.office.mails(box)) for box in honest] == [1, 1, 1]


# H2 -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("domain", ["straße.example", "οδός.example", "faß.example", "BÜCHER.example"])
def test_a_mail_goes_to_the_domain_that_was_registered_and_to_no_look_alike(town, boxes, domain):
    address = boxes("victim", domain)
    ascii_form = f"{address.partition('@')[0]}@{idna.encode(domain.lower(), uts46=False).decode()}"
    before = len(town.office.asked)
    town.filed(address, UPDATES)

    town.mail(lambda: len(town.office.asked) > before)

    assert town.office.asked[before:] == [ascii_form]
    assert town.office.mails()[-1].parsed["To"] == ascii_form


# H3 -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("filed", [True, False])
def test_who_merely_knows_an_address_ends_nothing(town, boxes, filed):
    box = boxes("victim")
    victim = town.confirmed(box, UPDATES)
    stranger = town.web.register(box, UPDATES)
    if filed:
        town.sweep()

    assert town.web.choose(stranger.receipt, UPDATES, granted=False) == 202

    assert town.web.states(victim.receipt) == {UPDATES: "active"}
    town.sweep()
    assert town.web.states(victim.receipt) == {UPDATES: "active"}
    assert town.web.erase(stranger.receipt) == 202
    town.sweep()
    assert town.web.states(victim.receipt) == {UPDATES: "active"}


def test_a_mailbox_that_answered_elsewhere_gives_no_power_over_the_one_moved_to(town, boxes):
    box, evil = boxes("victim"), boxes("mallory", "evil.example")
    victim = town.confirmed(box, UPDATES)
    own = town.confirmed(evil, UPDATES)
    town.web.move(own.receipt, box)
    town.web.choose(own.receipt, UPDATES, granted=False)
    town.sweep()
    town.web.choose(own.receipt, UPDATES, granted=False)
    town.web.change(own.receipt, stop_all_mail=True)
    town.sweep()
    assert town.web.states(victim.receipt) == {UPDATES: "active"}


def test_a_stranger_gets_no_victims_receipt_by_moving(town, boxes):
    box, evil = boxes("victim"), boxes("mallory", "evil.example")
    victim = town.confirmed(box, UPDATES)
    own = town.confirmed(evil, UPDATES)
    town.web.lose(evil)
    town.web.move(own.receipt, box)
    town.sweep()
    town.mail()
    town.web.lose(box)
    town.web.lose(evil)
    town.sweep()
    town.mail()
    assert all(victim.number not in mail.numbers for mail in town.office.mails(evil))
    assert town.web.see(own.receipt)


# H4 -------------------------------------------------------------------------------------------------------------------
def test_a_flood_of_registrations_delays_no_new_receipt(town, boxes):
    box = boxes("victim")
    victim = town.confirmed(box, UPDATES)
    flood(town, box)
    town.web.lose(box)
    town.sweep()

    town.mail(lambda: town.office.receipts(box), "no new receipt came today")

    assert any(victim.number in mail.numbers for mail in town.office.mails(box) if mail.receipts)


def test_a_flood_of_registrations_delays_no_own_confirmation(town, boxes):
    box = boxes("victim")
    flood(town, box)

    victim = town.filed(box, UPDATES)
    town.mail()
    for mail in town.office.mails(box):
        for link in mail.links:
            town.web.press(link, [(victim.number, UPDATES)])
    town.sweep()

    assert town.web.states(victim.receipt) == {UPDATES: "active"}
    assert len(town.office.mails(box)) <= 3


def test_a_flood_of_requests_for_receipts_brings_one_mail(town, boxes):
    box = boxes("victim")
    town.confirmed(box, UPDATES)
    for _ in range(12):
        town.web.lose(box)
    town.sweep()
    town.mail(lambda: town.office.receipts(box))
    for _ in range(3):
        for _ in range(4):
            town.web.lose(box)
        town.sweep()
        town.mail()

    mails = [mail for mail in town.office.mails(box) if mail.receipts]

    assert 1 <= len(mails) <= 3


def flood(town, box, count=12):
    """What a stranger posts with somebody's address."""
    for _ in range(count):
        town.web.register(box, UPDATES)
    town.sweep()


# H7 -------------------------------------------------------------------------------------------------------------------
def test_a_receipt_that_was_mailed_to_the_old_mailbox_opens_nothing_after_a_move(town, boxes):
    old, new = boxes("old"), boxes("new")
    own = town.confirmed(old, UPDATES)
    town.web.lose(old)
    town.sweep()
    town.mail(lambda: town.office.receipts(old))
    town.web.move(own.receipt, new)
    town.sweep()

    found = [town.web.see(receipt) for receipt in town.office.receipts(old)]

    assert found == [None]
    assert town.web.see(own.receipt)["contact"]["email"] == new


def test_a_receipt_that_waits_for_its_mail_reaches_neither_mailbox_after_a_move(town, boxes):
    old, new = boxes("old"), boxes("new")
    own = town.confirmed(old, UPDATES)
    town.web.lose(old)
    town.sweep()
    town.web.move(own.receipt, new)
    town.sweep()

    town.mail()

    assert town.office.receipts(old, new) == []
    assert town.web.see(own.receipt)["contact"]["email"] == new
