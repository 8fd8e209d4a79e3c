"""A mail server that answers 421 or 450, hangs or closes at every verb, while people register: each mail goes out once."""

from collections import Counter
from itertools import product

import pytest

from tests.proofs import topology
from tests.proofs.visiting import Tended, Visitors
from tests.registration.misbehaving import CLOSE, HANG, Server

VERBS, FAULTS = ("banner", "EHLO", "MAIL", "RCPT", "DATA", "end"), ("421 closing", "450 later", HANG, CLOSE)
TIMES = 3  # each, but for a hang after the text: its time-out is ten minutes
LONGEST = 3600.0  # seconds
DOMAINS = 40
STATES = "SELECT state, count(DISTINCT coalesce(together, id)) FROM registration_confirmation GROUP BY state"


class Hanging(Server):
    HANGS = LONGEST


@pytest.mark.proof
def test_each_mail_is_sent_once_whatever_the_mail_server_did(tmp_path, verdict):
    with topology.house(tmp_path / "house", Hanging) as house, Tended(house) as tended, Visitors(house, DOMAINS) as visitors:
        server, begun = house.sink, {name: part.process.pid for name, part in house.parts.items()}
        for verb, fault in product(VERBS, FAULTS):
            server.left = 1 if (verb, fault) == ("end", HANG) else TIMES
            server.answers = {verb: fault}
            house.until(lambda: server.left == 0, f"nobody met {fault} at {verb}", seconds=LONGEST)
        server.answers = {}
        visitors.stop()
        waiting = "SELECT count(*) FROM registration_confirmation WHERE state IN ('waiting', 'claimed')"
        house.until(lambda: house.settled() and house.rows("default", waiting) == [(0,)], "mails still wait", seconds=LONGEST)
        tended.stop()

        taken, states = Counter(to for to, _ in server.taken), dict(house.rows("default", STATES))
        ((counted_twice,),) = house.rows("keystore", "SELECT count(*) FROM keystore_mailboxday WHERE count > 1")
        restarted = [name for name, part in house.parts.items() if part.process.pid != begun[name]]
        undecided = states.pop("undecided", 0)
        faults = [f"taken {count} times: {to}" for to, count in taken.items() if count > 1]
        faults += [f"{count} are {state}" for state, count in states.items() if state != "sent"]
        faults += [f"{visitors.count - len(taken)} not mailed, {undecided} undecided"] * (
            len(taken) + undecided != visitors.count
        )
        faults += [f"{counted_twice} mailboxes' allowance was used more than once"] * bool(counted_twice)
        faults += [f"started again: {restarted}"] * bool(restarted)
        verdict(
            "mail server's faults",
            faults,
            registrations=visitors.count,
            mailed=len(taken),
            undecided=undecided,
            faults_met=TIMES * (len(VERBS) * len(FAULTS) - 1) + 1,
        )
