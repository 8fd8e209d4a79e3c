"""Attacks with many at once: on mailboxes that were never asked, and with addresses that are made to break something."""

import random

import idna
import pytest

from tests.adversary import town as towns
from tests.adversary.racing import Attack, moved_during_a_mail
from tests.adversary.web import UPDATES

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("adversary")]
MAILBOXES, HONEST, HOSTILE = 1000, 100, 300
SLOW = 2.0  # seconds for each mail: a thousand take over half an hour


@pytest.fixture(scope="module")
def ticking(tmp_path_factory):
    """A town with its clock."""
    with towns.town(tmp_path_factory.mktemp("ticking"), clock=True) as found:
        yield found


WAYS = ("nothing slowed", "slow mail server", "own mail server")


@pytest.mark.parametrize("way", WAYS)
def test_no_mailbox_of_a_thousand_is_active_without_its_own_confirmation(ticking, record_property, way):
    """The mail server takes two seconds for each mail; or the attacker's own one does, and the address changes then."""
    ticking.office.delays = {"DATA": SLOW} if way == "slow mail server" else {}
    own = way == "own mail server"
    attack = Attack(ticking, MAILBOXES, way.partition(" ")[0], delay=SLOW if own else 0, at_own_server=own)

    active = attack.run()

    mails = len(ticking.office.arrived)
    record_property(
        "verdict", f"race, {way}: {MAILBOXES} mailboxes, {mails} mails, {attack.followed} links followed, {active} active"
    )
    assert len(attack.moved) == MAILBOXES
    assert active == 0


def test_a_mailer_that_does_not_compare_is_found_by_the_race(tmp_path, boxes):
    """The positive control."""
    with towns.town(tmp_path / "town", careless=True) as town:
        own = {box: town.web.register(box, UPDATES) for box in (boxes("mallory", "evil.example") for _ in range(3))}
        town.sweep()
        moved_during_a_mail(town, own, "RCPT", boxes)
        states = [town.web.states(each.receipt) for each in own.values()]

    assert {UPDATES: "active"} in states


LABELS = (
    "straße",
    "faß",
    "οδός",
    "נאה",
    "אב1",
    "ދިވެހި",
    "ǆ",
    "ﬁn",
    "İstanbul",
    "ſtadt",
    "a\u200db",
    "क्‍ष",
    "xn--strae-oqa",
    "xn--a",
    "ö" * 60,
)
LOCALS = (
    "x",
    "X",
    "a_b",
    "o'neil",
    "a/b",
    "x+tag",
    "ü",
    "ß" * 40,
    "a" * 64,
    "a" * 65,
    '"a b"',
    '"a\\"b"',
    "a..b",
    "a.",
    "x+" + "t" * 60,
    "İ",
    "ſ",
    "\u202ex",
    "'--",
    "x%y",
)


def hostile(chance: random.Random) -> str:
    """One address that looks as if it could be taken."""
    domain = ".".join(chance.choice(LABELS) for _ in range(chance.randint(1, 3)))
    return f"{chance.choice(LOCALS)}{chance.randint(0, 99)}@{domain}.example"


def canonical(address: str) -> str:
    """The only form in which an accepted address may be mailed: lower case, and IDNA 2008 after the mapping of UTS 46."""
    local, _, domain = address.rpartition("@")
    return f"{local.lower()}@{idna.encode(domain, uts46=True, transitional=False).decode().lower()}"


def test_hostile_addresses_are_refused_or_mailed_exactly_and_delay_nobody(running, boxes, record_property):
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    addresses = [hostile(chance) for _ in range(HOSTILE)]
    taken = [address for address in addresses if running.web.post(address, UPDATES)[0] == 202]
    honest = [boxes("honest") for _ in range(HONEST)]
    for box in honest:
        running.web.register(box, UPDATES)
    before = len(running.office.asked)
    running.sweep()
    runs = 0
    while runs < 1 + -(-(len(set(taken)) + HONEST) // 100):  # a run takes a hundred mails
        running.mail()
        runs += 1

    asked = running.office.asked[before:]

    record_property("verdict", f"addresses: seed {seed}, {len(taken)} of {HOSTILE} taken, {len(asked)} mailed in {runs} runs")
    assert [len(running.office.mails(box)) for box in honest] == [1] * HONEST
    assert set(asked) - set(honest) <= {canonical(address) for address in taken}
    assert all(mail.parsed["To"] == mail.to for mail in running.office.mails(*asked))
