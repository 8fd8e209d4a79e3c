"""The shelf validates without the database, and a retired wording is good for 90 days."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from catalogue import digests, publishing, snapshot
from catalogue.cache import Keeper
from tests.catalogue.samples import NOON, notice, wording

Stocked = dict[str, Any]
TOLD = digests.of_wording(topic="updates", sender="vendor", language="en", text="Tell me.")


def test_reading_takes_four_queries_and_validating_none(
    stocked: Stocked, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        there = snapshot.current(now=0.0)

    with django_assert_num_queries(0):
        assert snapshot.current(now=9.9) is there
        there.notice("srv-std", "de")
        there.choices("srv-std", "acme", "de")
        there.agreed(digest=TOLD, topic="updates", sender="vendor", today=NOON.date())
    with django_assert_num_queries(4):
        assert snapshot.current(now=10.0) is not there


def test_a_notice_is_the_products_own_or_that_for_all_and_falls_back_to_english(stocked: Stocked) -> None:
    there = snapshot.current()

    assert there.notice("srv-std", "de").text == "Freiwillig."
    assert there.notice("srv-std", "fr").text == "Optional."
    assert there.notice("desk", "en").text == "Optional for desks."
    assert there.notice("desk", "de").text == "Freiwillig."
    assert there.languages("desk") == ("de", "en")


def test_the_four_choices_stand_in_order_with_their_senders_names(stocked: Stocked) -> None:
    choices = snapshot.current().choices("srv-std", "acme", "en")

    assert [(choice.topic, choice.sender, choice.sender_name) for choice in choices] == [
        ("updates", "vendor", "Example"),
        ("offers", "vendor", "Example"),
        ("updates", "acme", "Acme Computers"),
        ("offers", "acme", "Acme Computers"),
    ]
    assert (choices[0].text, choices[0].wording) == ("Tell me.", TOLD)


def test_a_manufacturer_without_wordings_adds_no_choice(stocked: Stocked) -> None:
    there = snapshot.current()

    assert there.choices("srv-std", "globex", "en") == there.choices("srv-std", None, "en")
    assert len(there.choices("srv-std", None, "en")) == 2


def test_a_choice_is_shown_in_the_language_or_in_english(stocked: Stocked) -> None:
    assert [choice.text for choice in snapshot.current().choices("srv-std", None, "de")] == ["Sagt es mir.", "Offer me."]


def test_unknown_codes_are_errors(stocked: Stocked) -> None:
    there = snapshot.current()

    with pytest.raises(snapshot.UnknownProduct):
        there.product("nothing")
    with pytest.raises(snapshot.UnknownManufacturer):
        there.choices("srv-std", "nobody", "en")
    with pytest.raises(snapshot.UnknownManufacturer):
        there.manufacturer("vendor")


def test_an_inactive_product_is_not_registered_any_more(stocked: Stocked) -> None:
    with pytest.raises(snapshot.UnknownProduct):
        snapshot.current().notice("old", "en")


def test_without_a_notice_nothing_may_be_asked(db: None) -> None:
    publishing.load({"products": [{"code": "srv-std", "name": "Server"}]}, at=NOON)

    with pytest.raises(snapshot.NoNotice):
        snapshot.current().notice("srv-std", "en")


def test_a_retired_wording_is_good_for_90_days_and_not_91(stocked: Stocked) -> None:
    publishing.load({"wordings": [wording("Tell me more.")]}, at=NOON)
    there = snapshot.current()
    agreed = {"digest": TOLD, "topic": "updates", "sender": "vendor"}

    assert there.agreed(**agreed, today=date(2026, 11, 24) + timedelta(days=90)).text == "Tell me."
    with pytest.raises(snapshot.UnknownWording):
        there.agreed(**agreed, today=date(2026, 11, 24) + timedelta(days=91))
    kept = there.wording(TOLD)
    assert kept
    assert kept.text == "Tell me."


def test_a_wording_counts_only_for_its_own_topic_and_sender(stocked: Stocked) -> None:
    there = snapshot.current()

    for topic, sender in (("offers", "vendor"), ("updates", "acme")):
        with pytest.raises(snapshot.UnknownWording):
            there.agreed(digest=TOLD, topic=topic, sender=sender, today=NOON.date())


def test_a_draft_is_not_on_the_shelf(stocked: Stocked) -> None:
    publishing.load({"wordings": [wording("Later.", status="draft")]}, at=NOON)
    digest = digests.of_wording(topic="updates", sender="vendor", language="en", text="Later.")

    assert snapshot.current().wording(digest) is None


def test_a_notice_digest_is_good_once_published_and_stays_so(stocked: Stocked) -> None:
    digest = snapshot.current().notice("srv-std", "en").digest
    publishing.load({"notices": [notice("Quite optional.")]}, at=NOON)

    assert snapshot.current().notice_digest_good(digest)
    assert not snapshot.current().notice_digest_good(TOLD)


def test_publishing_is_seen_at_once_in_the_same_process(stocked: Stocked) -> None:
    assert snapshot.current(now=0.0).choices("desk", None, "en")[0].text == "Tell me."

    publishing.load({"wordings": [wording("Tell me more.")]}, at=NOON)

    assert snapshot.current(now=0.0).choices("desk", None, "en")[0].text == "Tell me more."


def test_the_shelf_cannot_be_changed(stocked: Stocked) -> None:
    with pytest.raises(TypeError):
        snapshot.current().wordings[TOLD] = None  # type: ignore[index]


class Source:
    """A source that can be away, and counts how often it is asked."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    def read(self) -> int:
        """Answer with the number of the question."""
        self.asked += 1
        if self.away:
            raise OperationalError
        return self.asked


def test_while_the_database_is_away_the_old_shelf_serves_for_ten_minutes() -> None:
    source = Source()
    keeper = Keeper(source.read)
    assert keeper.current(0.0) == 1
    source.away = True

    assert keeper.current(10.0) == 1
    assert keeper.current(19.9) == 1
    assert source.asked == 2
    assert keeper.current(599.9) == 1
    with pytest.raises(OperationalError):
        keeper.current(600.0)
    source.away = False
    assert keeper.current(601.0) == source.asked


def test_without_any_shelf_a_database_that_is_away_is_an_error() -> None:
    source = Source()
    source.away = True

    with pytest.raises(OperationalError):
        Keeper(source.read).current(0.0)


def test_one_thread_reads_while_the_others_go_on_with_the_old() -> None:
    reading, done = threading.Event(), threading.Event()
    answers = iter((1, 2))

    def read() -> int:
        answer = next(answers)
        if answer == 2:
            reading.set()
            done.wait(5)
        return answer

    keeper = Keeper(read)
    keeper.current(0.0)
    slow = threading.Thread(target=keeper.current, args=(10.0,))
    slow.start()
    reading.wait(5)

    assert keeper.current(10.0) == 1
    done.set()
    slow.join()
    assert keeper.current(10.0) == 2
