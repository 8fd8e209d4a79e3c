"""One mail asks for all that waits at a mailbox, so its owner may press for a registration that is a stranger's."""

import pytest

from registration import errands, house
from registration.mail_content import Sender
from tests.registration.conftest import sink

__all__ = ("sink",)

UPDATES = "updates/vendor"


@pytest.mark.xfail(strict=True, reason="open: a confirmed registration acts on all of its mailbox, whoever holds its receipt")
def test_a_press_for_all_gives_a_stranger_no_power_over_the_mailbox(life, sink):
    victim = life.confirmed(UPDATES)
    stranger = life.register(UPDATES)
    life.sweep()
    sender = Sender(speaker=house.speaker(), public_url="https://register.example.com")
    errands.send_some(sender=sender, at=life.at)
    (*_, (_, link)) = [found for found in sink.links_to("ada@example.org") if found[0] == "confirm"]
    life.confirm(link)  # the page's button for all
    life.sweep()

    life.lower(stranger, UPDATES)

    assert life.marketing(victim) == {UPDATES}
