"""Registrations under fire: processes and servers are killed with -9 while people register. What was answered is true."""

import random
import time
import uuid

import psycopg
import pytest

from tests.proofs import opening, topology
from tests.proofs.crowd import PURPOSE, Crowd

pytestmark = pytest.mark.xdist_group("proofs")
PARTS, STORES = ("public", "registrar", "mailer"), ("default", "keystore", "valkey")


def under_fire(house, kills, seed):
    """Kills one of the six as often as is wanted, spread over the crowd's time; starts it again at once."""
    chance = random.Random(seed)

    def fire(crowd):
        for number in range(1, kills + 1):
            house.until(lambda share=number / (kills + 1): crowd.done >= len(crowd.people) * share, "nobody gets in", seconds=240)
            time.sleep(chance.random() * 0.4)
            name = chance.choice(PARTS + STORES)
            if name in PARTS:
                house.kill(name)
                house.parts[name].start()
            else:
                server = house.servers.valkey if name == "valkey" else house.servers.postgres[name]
                server.kill()
                server.start()
            for part in house.parts.values():
                if part.ended() is not None:
                    house.kill(part.name)
                    part.start()

    return fire


def faults(house, crowd):
    """Everything that is not as it was answered."""
    found = opening.stored(house)
    purposes, ours = found.purposes(), [person for person in crowd.people if person.receipt]
    bad = [f"not acknowledged: {person.number}" for person in crowd.people if not person.receipt]
    for person in ours:
        bad += [
            f"{fault}: {person.number}" for fault in faults_of(person, purposes.get(person.receipt.registration, set()), found)
        ]
    bad += [f"mailed {count} times: {to}" for to, count in house.sink.counts().items() if to in crowd.by_email and count > 1]
    bad += [f"a grant without a registration: {each}" for each in purposes.keys() - found.rows.keys()]
    bad += [f"filed, but nobody can open it: {each}" for each in found.rows.keys() - purposes.keys()]
    letters = house.rows("default", "SELECT status, reason, count(*) FROM intake_letter GROUP BY 1, 2")
    return bad + [f"{count} letters are {status} {reason}" for status, reason, count in letters if status in {"waiting", "aside"}]


def faults_of(person, purposes, found):
    """What is wrong with one person's registration."""
    opened = opening.with_receipt(person.receipt, found)
    if person.erased:
        if opened or purposes or person.receipt.registration in found.rows:
            yield "something is left of an erased registration"
        return
    if opened is None:
        yield "not filed, or its receipt does not open it"
        return
    contact, decisions = opened
    if contact is None or contact.email != person.email:
        yield "it opens to somebody else"
    if [each.decision for each in decisions].count("granted") != 1:
        yield "its decision is not recorded exactly once"
    if not purposes >= {"support", "custody"}:
        yield "support or the registrar cannot open it"
    if (PURPOSE in purposes) != (person.confirmed and not person.lowered):
        yield "its grant is not what the person chose"


def tampered(house, alias, sql, *values):
    """The positive control: damage that the proof must find."""
    with psycopg.connect(house.servers.superuser_url(alias), autocommit=True) as connection:
        connection.execute(sql, values)


def proved(house, verdict, *, people, kills):
    seed = random.randrange(2**32)
    crowd = Crowd(house, people)
    began = time.monotonic()
    crowd.come(under_fire(house, kills, seed))
    house.tidy()
    mails = sum(1 for to in house.sink.counts() if to in crowd.by_email)
    ((undecided,),) = house.rows("default", "SELECT count(*) FROM registration_confirmation WHERE state = 'undecided'")
    counts = {
        "registrations": people,
        "kills": kills,
        "retries": crowd.retries,
        "mailed": mails,
        "undecided": undecided,
        "seed": seed,
    }
    confirmed = sum(person.confirmed and not person.erased for person in crowd.people)
    verdict("kills", faults(house, crowd), **counts, confirmed=confirmed, seconds=round(time.monotonic() - began))
    assert confirmed > people / 10
    return crowd


def finds_damage(house, crowd):
    calm = [person for person in crowd.people if not (person.erased or person.lowered)]
    lost, swapped = (person.receipt.registration for person in calm[:2])
    raised = next(person for person in crowd.people if person.lowered).receipt.registration
    stray = uuid.uuid4()
    tampered(house, "default", "DELETE FROM registration_consentrecord WHERE registration_id = %s", lost)
    tampered(house, "default", "DELETE FROM registration_confirmation WHERE registration_id = %s", lost)
    tampered(house, "default", "DELETE FROM registration_registration WHERE id = %s", lost)
    tampered(house, "default", SWAP, calm[2].receipt.registration, swapped)
    copy = "INSERT INTO keystore_grant SELECT %s, %s, scope, key, epoch, wrapped FROM keystore_grant LIMIT 1"
    tampered(house, "keystore", copy, stray, "support")
    tampered(house, "keystore", copy, raised, PURPOSE)
    house.sink.arrived.extend(list(house.sink.arrived))
    told = " ".join(faults(house, crowd))
    for what in ("not filed", "without a registration", "not what the person chose", "mailed 2 times"):
        assert what in told
    assert told.count("does not open it") == 2


SWAP = """
    UPDATE registration_registration SET contact = (SELECT contact FROM registration_registration WHERE id = %s) WHERE id = %s
"""


def test_nothing_answered_is_lost_while_everything_is_killed(house, verdict):
    crowd = proved(house, verdict, people=120, kills=3)
    finds_damage(house, crowd)


@pytest.mark.proof
def test_nothing_answered_is_lost_in_thirty_kills(tmp_path, verdict):
    with topology.house(tmp_path / "house") as own:
        proved(own, verdict, people=4000, kills=30)
