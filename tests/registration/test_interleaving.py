"""Every moment of a sweep, and a person who says no at it: nothing that was answered is ever undone."""

import itertools
import random

import pytest

from keystore import holding
from keystore.models import EmailIndex, Grant, Token
from registration import mailed_links, registrar, self_service
from registration.models import Registration
from registration.policy import House
from tests import scenario
from tests.registration.interleaving import Meeting

pytestmark = pytest.mark.real_transactions
UPDATES = "updates/vendor"
MOST = 80


class Scene:
    """One person, for whom letters wait; and the tokens that were mailed to that person."""

    numbers = itertools.count()

    def __init__(self, life, kind):
        self.life = life
        self.address = f"ada{next(self.numbers)}@example.org"
        self.tokens = []
        self.sibling = life.confirmed(UPDATES, email=self.address)
        life.house = House(without_mailbox=frozenset({"US"}))
        self.receipt = getattr(self, kind.replace("-", "_"))()

    def filing(self):
        return self.life.register(UPDATES, email=self.address)

    def filing_at_once(self):
        return self.life.register(UPDATES, email=self.address, country="US")

    def confirming(self):
        receipt = self.filing()
        self.life.sweep()
        self.tokens.append(self.life.mailed(receipt, UPDATES))
        self.life.confirm(self.tokens[0])
        return receipt

    def raising(self):
        receipt = self.life.register(email=self.address)
        self.life.sweep()
        self.life.change(receipt, choices=[scenario.choice(UPDATES)])
        return receipt

    def moving(self):
        receipt = self.life.confirmed(UPDATES, email=self.address)
        self.life.change(receipt, contact={"email": f"new.{self.address}"})
        return receipt

    def finding(self):
        receipt = self.life.confirmed(UPDATES, email=self.address)
        mailed_links.lost(address=self.address, at=self.life.at)
        return receipt

    def lower(self):
        self.life.lower(self.receipt, UPDATES)
        self.is_lowered()

    def lower_by_sibling(self):
        self.life.lower(self.sibling, UPDATES)
        assert self.life.marketing(self.sibling) == set()
        self.is_lowered()

    def unsubscribe(self):
        mailed_links.unsubscribe(token=self.life.unsubscribe_token(self.sibling, UPDATES), at=self.life.at)
        self.is_lowered()

    def erase(self):
        self.life.erase(self.receipt)
        self.is_erased()

    def is_lowered(self):
        assert self.life.marketing(self.receipt) == set()

    def is_erased(self):
        """Nothing opens: no grant, no receipt of whatever age, no index entry."""
        mine_ = {"registration_id": self.receipt.registration}
        assert not Grant.objects.using("keystore").filter(**mine_).exists()
        assert not Token.objects.using("keystore").filter(**mine_).exclude(wrapped=None).exists()
        assert not EmailIndex.objects.using("keystore").filter(**mine_).exists()
        with pytest.raises(self_service.NotKnown):
            self_service.see(receipt=self.receipt)

    def sweep(self):
        """One batch: a letter that is posted meanwhile is not in it, and repairs nothing."""
        registrar.sweep(house=self.life.house, at=self.life.at)

    def afterwards(self, act):
        """It holds at once; and when all letters are filed, and every mailed token has come again."""
        self.is_erased() if act == "erase" else self.is_lowered()
        self.life.sweep()
        for token in self.tokens:
            self.life.confirm(token)
        self.life.sweep()
        self.is_erased() if act == "erase" else self.is_lowered()
        if act == "erase":
            assert not Registration.objects.filter(id=self.receipt.registration).exists()


QUICK = [("filing-at-once", "lower"), ("confirming", "lower-by-sibling"), ("moving", "erase"), ("finding", "erase")]
PAIRS = [
    *itertools.product(("filing-at-once", "confirming"), ("lower", "lower-by-sibling", "unsubscribe", "erase")),
    *itertools.product(("filing", "raising", "moving"), ("lower", "erase")),
    ("finding", "erase"),
]
EVERY = [pytest.param(*pair, 1, marks=pytest.mark.proof) for pair in PAIRS]
ALL = [*EVERY, *(pytest.param(*pair, 4) for pair in QUICK)]  # chance chooses among the moments of a sweep, day by day
DYING = [pytest.param(*pair, marks=[] if pair == QUICK[0] else [pytest.mark.proof]) for pair in PAIRS]


def at_every_moment(life, kind, act, *, dies, step=1):
    """Runs the pair once for each statement of the sweep, or for each *step*-th from chance on.

    How many moments there were, and at how many the act had to wait.
    """
    waits = 0
    for moment in range(random.randrange(step), MOST, step):
        scene = Scene(life, kind)
        meeting = Meeting(scene.sweep, getattr(scene, act.replace("-", "_")), moment=moment, dies=dies).run()
        scene.afterwards(act)
        waits += meeting.waited
        if meeting.statements < moment:
            return moment, waits
    pytest.fail("the sweep did not end")


@pytest.mark.parametrize(("kind", "act", "step"), ALL)
def test_an_answered_no_holds_at_every_moment_of_a_sweep(life, kind, act, step):
    moments, waits = at_every_moment(life, kind, act, dies=False, step=step)

    assert moments > 8
    assert waits > 0 or step > 1, "at some moments the sweep holds what the act needs"


@pytest.mark.parametrize(("kind", "act"), DYING)
def test_it_holds_when_the_registrar_dies_at_that_moment(life, kind, act):
    assert at_every_moment(life, kind, act, dies=True, step=2)[0] > 8


def test_the_harness_finds_a_sweep_that_takes_no_locks(life, monkeypatch):
    """The positive control: erasing during a lost receipt's search, with the lock on the receipts taken away."""
    monkeypatch.setattr(holding, "hold_all", holding.open_custody)
    with pytest.raises(AssertionError):
        at_every_moment(life, "finding", "erase", dies=False)


def test_only_one_sweep_runs_at_a_time(life):
    life.register()
    other = []
    Meeting(life.sweep, lambda: other.append(registrar.sweep(house=life.house, at=life.at)), moment=4).run()

    assert other == [registrar.Swept()]
    assert Registration.objects.count() == 1
