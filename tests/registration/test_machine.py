"""Chance tells lives: whatever people do in whatever order, only the mailbox raises a choice, and a no is never undone."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from intake import normal
from keystore import public
from keystore.models import Token
from privacy import receipts
from privacy.receipts import Receipt
from registration import cleanup, errands, mailed_links, policy, self_service
from registration.mail_content import Sender
from registration.policy import House
from tests import scenario
from tests.registration.sinks import Sink, links

PURPOSES = ("updates/vendor", "offers/vendor")
ADDRESSES = ("ada@example.org", "Ada@example.org", "bob@example.org")
SENDER = Sender(speaker=policy.speaker(), public_url="https://register.example.com")
purposes, addresses = st.sampled_from(PURPOSES), st.sampled_from(ADDRESSES)


@dataclass(eq=False)
class Person:
    """One registration, as the model sees it. `address` is the one that is filed."""

    receipt: Receipt
    address: str | None = None
    erased: bool = False
    confirmed: bool = False
    may: set = field(default_factory=set)
    must: set = field(default_factory=set)
    asked: set = field(default_factory=set)

    def ends(self, purpose):
        for choices in (self.may, self.must, self.asked):
            choices.discard(purpose)


class Lives(RuleBasedStateMachine):
    """The model: what may be granted at most (`may`), what must be (`must`), and what each mailed link confirms."""

    life: scenario.Life
    sink: Sink
    people = Bundle("people")

    @initialize()
    def begin(self):
        self.stack = ExitStack()
        for alias in ("default", "keystore"):
            self.stack.enter_context(transaction.atomic(using=alias))
        self.life = scenario.Life(house=House(without_mailbox=frozenset({"US"})))
        self.all, self.waiting, self.tokens, self.links, self.suppressed = [], [], {}, {}, set()
        self.sink.arrived.clear()

    def teardown(self):
        if hasattr(self, "stack"):
            for alias in ("default", "keystore"):
                transaction.set_rollback(True, using=alias)
            self.stack.close()

    # What people do ---------------------------------------------------------------------------------------------------
    @rule(target=people, address=addresses, wishes=st.sets(purposes), at_once=st.booleans())
    def register(self, address, wishes, at_once):
        person = Person(self.life.register(*sorted(wishes), email=address, **({"country": "US"} if at_once else {})))
        self.all.append(person)
        self.waiting.append(lambda: self.is_filed(person, normal.mailbox(address), wishes, at_once))
        return person

    @rule(person=people, purpose=purposes)
    def lower(self, person, purpose):
        self.life.lower(person.receipt, purpose)
        person.refused = getattr(person, "refused", set()) | {purpose}
        self.ends(person, purpose)
        self.waiting.append(lambda: self.ends(person, purpose))

    @rule(person=people, purpose=purposes)
    def raise_again(self, person, purpose):
        self.life.change(person.receipt, choices=[scenario.choice(purpose)])
        self.waiting.append(lambda: person.erased or person.asked.add(purpose))

    @rule(person=people, address=addresses)
    def move(self, person, address):
        self.life.change(person.receipt, contact={"email": address})
        self.waiting.append(lambda: self.has_moved(person, normal.mailbox(address)))

    @rule(person=people)
    def erase(self, person):
        self.life.erase(person.receipt)
        person.erased = True
        self.is_gone(person)

    @rule(address=addresses)
    def lose(self, address):
        mailed_links.lost(address=address, at=self.life.at)

    @rule(choice=st.randoms(use_true_random=False))
    def follow_a_link(self, choice):
        assume(self.tokens or self.links)
        page, token = choice.choice([*(("confirm", each) for each in self.tokens), *(("end", each) for each in self.links)])
        if page == "confirm":
            self.life.confirm(token)
            self.waiting.append(lambda: self.is_confirmed(token))
        else:
            mailed_links.unsubscribe(token=token, at=self.life.at)
            if person := self.links[token][0]:
                self.ends(person, self.links[token][1], by_link=True)
                self.waiting.append(lambda: self.ends(*self.links[token], by_link=True) if self.links[token][0] else None)

    # What the service does --------------------------------------------------------------------------------------------
    @rule()
    def sweep(self):
        self.life.sweep()
        for happened in self.waiting:
            happened()
        self.waiting.clear()
        for person in self.all:
            live = self.life.marketing(person.receipt)
            assert person.must <= live
            if not person.erased:
                assert {purpose for purpose, state in self.life.states(person.receipt).items() if state == "active"} == live
                for purpose in live:
                    self.links.setdefault(self.life.unsubscribe_token(person.receipt, purpose), (person, purpose))

    @rule()
    def send(self):
        before = len(self.sink.arrived)
        errands.send_some(sender=SENDER, at=self.life.at)
        for to, content in self.sink.arrived[before:]:
            for page, token in links(content):
                if page == "confirm":
                    self.is_mailed(token, to)

    @rule(days=st.sampled_from((1, 15)))
    def tidy(self, days):
        self.life.at += timedelta(days=days)
        cleanup.tidy(at=self.life.at)
        if days == 15:
            self.tokens = {token: set() for token in self.tokens}

    # What that means --------------------------------------------------------------------------------------------------
    def sharing(self, person):
        return [each for each in self.all if each is person or (person.address and each.address == person.address)]

    def ends(self, person, purpose, *, by_link=False):
        """Only a mailbox that answered for this registration, or its link, reaches the others."""
        reaches = by_link or person.confirmed
        for each in self.sharing(person) if reaches else [person]:
            each.ends(purpose)
            self.void(each, purpose)
        if person.address and reaches:
            self.suppressed.add((person.address, purpose))

    def void(self, person, purpose=None):
        for choices in self.tokens.values():
            choices -= {each for each in choices if each[0] is person and purpose in {None, each[1]}}

    def is_gone(self, person):
        person.address, person.confirmed = None, False
        for purpose in PURPOSES:
            person.ends(purpose)
        self.void(person)
        self.links = {link: (None, "") if each[0] is person else each for link, each in self.links.items()}

    def is_filed(self, person, address, wishes, at_once):
        if person.erased:
            return
        person.address = address
        wanted = wishes - getattr(person, "refused", set())
        person.asked |= wanted
        person.may |= {each for each in wanted if at_once and (address, each) not in self.suppressed}

    def has_moved(self, person, address):
        if not person.erased and person.address != address:
            asked = person.asked | person.may
            self.is_gone(person)
            person.address, person.asked = address, asked

    def is_mailed(self, token, to):
        known = {each.receipt.registration: each for each in self.all}
        choices = set()
        for found in Token.objects.using("keystore").filter(hash=receipts.token_hash(token)):
            person = known[found.registration_id]
            assert not person.erased
            assert to == person.address
            assert found.purpose in person.asked
            self.void(person, found.purpose)
            choices.add((person, found.purpose))
        self.tokens[token] = choices

    def is_confirmed(self, token):
        for person, purpose in self.tokens[token]:
            person.may.add(purpose)
            person.must.add(purpose)
            person.confirmed = True
            self.suppressed.discard((person.address, purpose))
        self.tokens[token] = set()

    @invariant()
    def nothing_opens_that_may_not(self):
        for person in getattr(self, "all", []):
            live = self.life.live(person.receipt)
            assert {purpose for purpose in live if "/" in purpose} <= person.may
            if person.erased:
                assert live == set()
                with pytest.raises(self_service.NotKnown):
                    self_service.see(receipt=person.receipt)


def told(steps, examples, **more):
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    rules = settings(deadline=None, suppress_health_check=checks, database=None, report_multiple_bugs=False)
    run_state_machine_as_test(Lives, settings=settings(rules, max_examples=examples, stateful_step_count=steps, **more))


@pytest.fixture(autouse=True)
def _sink(sink):
    Lives.sink = sink


def test_any_lives(life):
    told(steps=25, examples=15)


@pytest.mark.proof
def test_many_long_lives(life):
    told(steps=60, examples=300)


@pytest.mark.proof
def test_the_model_finds_a_token_that_outlives_its_withdrawal(life, monkeypatch):
    """The positive control: a store whose withdrawal forgets the tokens."""
    monkeypatch.setattr(public, "lower", lambda *_: None)
    with pytest.raises(AssertionError):
        told(steps=60, examples=400, phases=[Phase.generate])
