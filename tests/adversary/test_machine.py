"""Chance tells what an honest person, a stranger and a neighbour do; whatever it is, the mailbox's owner alone decides.

Requests go to the real views, rows to the real stores, mails over real SMTP; mails are held back, doubled and reordered before
anybody reads them, and posts come in the middle of a mail run.
"""

import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from registration import tasks
from tests.adversary import inside
from tests.adversary.cast import HOME, HONEST, NEIGHBOUR, SPELLED, STRANGER, TAGGED, Cast, Letter, Registration
from tests.adversary.inside import Clock
from tests.adversary.post_office import PostOffice
from tests.adversary.web import OFFERS, UPDATES

OUTSIDERS = st.sampled_from((STRANGER, NEIGHBOUR))
PEOPLE = st.sampled_from((HONEST, HONEST, STRANGER, NEIGHBOUR))
PURPOSES = st.sampled_from((UPDATES, OFFERS))
CHANCE = st.integers(0, 2**32 - 1).map(random.Random)  # what follows from timing must not change what Hypothesis draws
MOST_DAYS = 6
HELD = 0.6
TABLES = {
    "default": ("intake_letter", "registration_confirmation", "registration_consentrecord", "registration_registration"),
    "keystore": ("keystore_grant", "keystore_token", "keystore_emailindex", "keystore_suppression", "keystore_mailboxday"),
}
GRANTS = "SELECT registration_id, purpose FROM keystore_grant WHERE purpose LIKE '%/%'"


class Adversary(RuleBasedStateMachine):
    """One run. `office` and `clock` are set by the fixture."""

    office: PostOffice
    clock: Clock
    steps = 0
    counted: Counter = Counter()

    @initialize()
    def begin(self):
        for alias, tables in TABLES.items():
            with connections[alias].cursor() as cursor:
                for table in tables:
                    cursor.execute(f"DELETE FROM {table}")
        self.cast, self.web = Cast(), inside.web()
        self.clock.ahead, self.days, self.seen = timedelta(), 0, len(self.office.arrived)
        self.today: Counter[str] = Counter()

    # What people do ---------------------------------------------------------------------------------------------------
    @rule(who=PEOPLE, wishes=st.sets(PURPOSES), chance=CHANCE)
    def register(self, who, wishes, chance):
        self.registers(who, wishes, chance)

    def registers(self, who, wishes, chance):
        typed = self.typed(who, chance)
        own = self.web.register(typed, *sorted(wishes), name=who.title())
        self.cast.registers(Registration(who, own, own.receipt), SPELLED[typed], wishes)

    def typed(self, who, chance):
        """Outsiders write any address that they know; the honest person only own ones."""
        known = [typed for typed, box in SPELLED.items() if who != HONEST or self.cast.owners[box] == HONEST]
        return chance.choice(known)

    def some(self, who, chance):
        """One of this person's registrations; somebody without any registers first."""
        if not self.cast.of(who):
            self.registers(who, {UPDATES, OFFERS}, chance)
        return chance.choice(self.cast.of(who))

    @rule(who=PEOPLE, purpose=PURPOSES, granted=st.booleans(), chance=CHANCE)
    def choose(self, who, purpose, granted, chance):
        each = self.some(who, chance)
        self.chosen(each, purpose, granted=granted)

    def chosen(self, each, purpose, *, granted):
        status = self.web.choose(each.receipt, purpose, granted=granted)
        assert status in {202, 503}, status
        if not granted:
            self.cast.lowers(each, purpose)
        elif status == 202:
            self.cast.raises(each, purpose)

    @rule(who=PEOPLE, chance=CHANCE)
    def move(self, who, chance):
        self.moved(self.some(who, chance), self.typed(who, chance))

    def moved(self, each, typed):
        if self.web.move(each.receipt, typed) == 202:
            self.cast.moves(each, SPELLED[typed])

    @rule(who=PEOPLE, chance=CHANCE)
    def erase(self, who, chance):
        if chance.random() < 0.4:  # else too few are left to act
            each = self.some(who, chance)
            assert self.web.erase(each.receipt) == 202
            self.cast.erases(each)

    @rule(who=PEOPLE, chance=CHANCE)
    def lose_a_receipt(self, who, chance):
        assert self.web.lose(self.typed(who, chance)) == 202

    @rule(who=PEOPLE, only_own=st.booleans(), chance=CHANCE)
    def press(self, who, only_own, chance):
        letters = [each for each in self.cast.readable(who) if each.mail.links]
        if letters:
            newest = chance.random() < 0.5
            self.pressed(letters[-1] if newest else chance.choice(letters), who, only_own=only_own)

    def pressed(self, letter, who, *, only_own=True):
        """Everything that the page offers, or what the presser's own registrations asked for. Only a mailbox's owner counts."""
        for link in letter.mail.links:
            asked = self.web.asked(link)
            chosen = {each for each in asked if not only_own or self.cast.numbered(each[0]).who == who}
            if chosen or not asked:
                self.web.press(link, chosen if only_own and asked else None)
                if who in {self.cast.owners[letter.mail.to], letter.owner}:  # the link was mailed to whoever owned it then
                    self.cast.presses(letter, chosen if asked else None)

    @rule(who=PEOPLE, chance=CHANCE)
    def use_a_receipt(self, who, chance):
        letters = [each for each in self.cast.readable(who) if each.mail.receipts and not (each.used and who != HONEST)]
        if not letters:
            return
        letter = chance.choice(letters)
        receipt = chance.choice(letter.mail.receipts)
        found = self.web.see(receipt)
        if found:
            each = self.cast.numbered(found["number"])
            assert each.who != HONEST or who == HONEST, "a mailed receipt opened the honest person's registration to another"
            each.receipt = receipt
            letter.used = True

    @rule()
    def give_the_old_mailbox_up(self):
        own = self.cast.of(HONEST) if self.cast.owners[HOME] == HONEST else []
        if own and not any(each.box in {HOME, None} or each.pending for each in own):
            self.cast.owners[HOME] = NEIGHBOUR
            self.counted["old mailboxes given up"] += 1

    # What the service does --------------------------------------------------------------------------------------------
    @rule()
    def sweep(self):
        before = self.boxes()
        tasks.sweep()
        self.cast.filed()
        self.collect(before)
        self.records_hold()

    @rule()
    def mail(self):
        before = self.boxes()
        tasks.send_service_mail()
        self.collect(before)

    @rule(verb=st.sampled_from(("MAIL", "RCPT", "DATA")), who=PEOPLE, acts=st.integers(1, 3), chance=CHANCE)
    def act_in_the_middle_of_a_mail_run(self, verb, who, acts, chance):
        """The first mail stands at this verb while somebody moves, presses or ends something and it is filed."""
        before = self.boxes()
        with self.office.holding(verb) as held:
            mailer = threading.Thread(target=_mail_elsewhere)
            mailer.start()
            while mailer.is_alive() and not held.wait(0.01):
                pass
            release = threading.Timer(HELD, self.office.gate.set)
            release.start()
            for _ in range(acts if held.is_set() else 0):
                self.anything(who, chance)
            if held.is_set():
                tasks.sweep()
                self.cast.filed()
                self.counted["interleaved"] += 1
        release.cancel()
        mailer.join(30)
        assert not mailer.is_alive()
        self.collect(before)
        tasks.sweep()
        self.cast.filed()
        self.records_hold()

    def anything(self, who, chance):
        own = self.cast.of(who)
        letters = [each for each in self.cast.readable(who) if each.mail.links]
        match chance.randrange(4):
            case 0 if letters:
                self.pressed(chance.choice(letters), who)
            case 1 if own:
                self.chosen(chance.choice(own), chance.choice((UPDATES, OFFERS)), granted=chance.random() < 0.5)
            case _ if own:
                self.moved(chance.choice(own), self.typed(who, chance))
            case _:
                self.web.lose(self.typed(who, chance))

    @rule(chance=CHANCE, double=st.booleans())
    def deliver(self, chance, double):
        """Some of the mails arrive, in any order; some of those will come again."""
        for letter in chance.sample(self.cast.flying, chance.randint(0, len(self.cast.flying))):
            letter.owner = letter.owner or self.cast.owners[letter.mail.to]
            self.cast.delivered.append(letter)
            if not double:
                self.cast.flying.remove(letter)

    @rule(who=PEOPLE, only_own=st.booleans(), chance=CHANCE)
    def all_goes_as_usual(self, who, only_own, chance):
        """What waits is filed, mailed and delivered, and somebody presses a button."""
        self.sweep()
        self.mail()
        self.deliver(chance, double=False)
        self.press(who, only_own, chance)
        self.sweep()

    @rule()
    def next_day(self):
        if self.days == MOST_DAYS:
            return
        self.days += 1
        self.clock.ahead += timedelta(days=1)
        self.today.clear()
        tasks.tidy()

    # What must hold ---------------------------------------------------------------------------------------------------
    def boxes(self):
        return {each.own.number: each.box for each in self.cast.all}

    def collect(self, before):
        """Look at every envelope, and keep the mail back until chance delivers it."""
        mails = self.office.mails(since=self.seen)
        self.seen += len(mails)
        for mail in mails:
            self.counted["mails"] += 1
            assert mail.to in self.cast.owners, "a mail went to nobody's mailbox"
            assert [mail.to] == [each.strip() for each in mail.parsed.get_all("To")]
            for number in mail.numbers if mail.links or mail.receipts else ():
                assert mail.to in {before.get(number), self.cast.numbered(number).box}, "a secret went to another mailbox"
            if mail.links:
                self.today[HOME if mail.to == TAGGED else mail.to] += 1
                assert self.today[mail.to] <= 3 + (mail.to == HOME), "too many confirmations in a day"
            self.cast.flying.append(Letter(mail, self.cast.mails + 1))
            self.cast.mails += 1

    @invariant()
    def nothing_is_active_without_its_mailbox(self):
        if not hasattr(self, "cast"):
            return
        type(self).steps += 1
        known = {each.id: each for each in self.cast.all}
        with connections["keystore"].cursor() as cursor:
            cursor.execute(GRANTS)
            for registration, purpose in cursor.fetchall():
                each = known[registration]
                assert purpose in each.may, f"{purpose} of {each.who} stands, and nobody pressed for it at its mailbox"
                self.counted["active"] += 1

    def records_hold(self):
        """What each person's own record says; the honest person's changes by own acts only."""
        for each in self.cast.all:
            if each.erased:
                continue
            found = self.web.see(each.receipt)
            if each.who != HONEST:
                continue
            assert found, "the honest person's receipt opens nothing"
            assert found["contact"]["name"] == "Honest"
            states = {f"{one['topic']}/{one['sender']}": one["state"] for one in found["choices"]}
            for purpose, was in each.must.items():
                assert states[purpose] in {was, "active"}, f"what was {was} is {states[purpose]} by no act of its person"
            each.must = {purpose: state for purpose, state in states.items() if state in {"unconfirmed", "active"}}
            assert {purpose for purpose, state in states.items() if state == "active"} <= each.may

    def teardown(self):
        """Whatever others did: the honest person can still read the mails of two days, and have what was asked for."""
        if not hasattr(self, "cast"):
            return
        for _ in range(2):
            self.sweep()
            self.days = 0
            self.next_day()
            self.mail()
        mine = [each for each in (*self.cast.delivered, *self.cast.flying) if self.cast.owners[each.mail.to] == HONEST]
        for letter in sorted(mine, key=lambda each: each.place, reverse=True):
            letter.owner = HONEST
            self.pressed(letter, HONEST)
        self.sweep()
        for each in self.cast.of(HONEST):
            states = self.web.states(each.receipt)
            assert "unconfirmed" not in states.values(), "the honest person was asked, and could not confirm"
            self.counted["confirmed by the honest person"] += sum(state == "active" for state in states.values())


def _mail_elsewhere():
    try:
        tasks.send_service_mail()
    finally:
        connections.close_all()


def told(steps, examples, **more):
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    rules = settings(deadline=None, suppress_health_check=checks, database=None, report_multiple_bugs=False)
    Adversary.steps, Adversary.counted = 0, Counter()
    run_state_machine_as_test(Adversary, settings=settings(rules, max_examples=examples, stateful_step_count=steps, **more))


@pytest.fixture(autouse=True)
def _service(life, settings, monkeypatch):
    Adversary.clock = Clock().set(monkeypatch)
    settings.REQUESTS_LOGGED = False
    with PostOffice() as Adversary.office:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", Adversary.office.port
        yield


@pytest.mark.real_transactions
def test_whatever_others_do_the_mailboxes_owner_decides():
    told(steps=30, examples=8, phases=[Phase.generate])


@pytest.mark.real_transactions
@pytest.mark.proof
def test_whatever_others_do_in_twenty_thousand_steps_the_mailboxes_owner_decides(record_property):
    told(steps=80, examples=320)
    counted = ", ".join(f"{count} {what}" for what, count in sorted(Adversary.counted.items()))
    record_property("verdict", f"adversary: {Adversary.steps} steps, {counted}: holds")
    assert Adversary.steps >= 20_000
