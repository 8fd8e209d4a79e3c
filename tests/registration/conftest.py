"""A mail server for the tests of what is sent."""

import pytest

from tests.registration.sinks import Sink


@pytest.fixture
def sink(settings):
    """A real mail server on loopback, which Django sends to."""
    with Sink() as listening:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", listening.port
        yield listening
