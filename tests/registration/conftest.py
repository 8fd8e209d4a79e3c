"""A mail server for the tests of what is sent, and somebody for the tests of pages."""

import pytest

from registration import errands, policy
from registration.mail_content import Sender
from tests.registration.owning import UPDATES
from tests.registration.sinks import Sink


@pytest.fixture
def sink(settings):
    """A real mail server on loopback, which Django sends to."""
    with Sink() as listening:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", listening.port
        yield listening


@pytest.fixture
def send(life, sink):
    sender = Sender(speaker=policy.speaker(), public_url="https://register.example.com")

    def run():
        """A sweep, and mail runs until nothing more goes out; how many mails went."""
        life.sweep()
        before = len(sink.arrived)
        while errands.send_some(sender=sender, at=life.at).sent:
            pass
        return len(sink.arrived) - before

    return run


@pytest.fixture
def filed(life):
    """Somebody who chose updates from the vendor and offers from Acme, filed and not yet confirmed."""
    contact = {"name": "Ada Example", "phone": "+49301234567"}
    receipt = life.register(UPDATES, "offers/acme", contact=contact, country="DE", language="en", details={"serial": "SN-1042"})
    life.sweep()
    return receipt
