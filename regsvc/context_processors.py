"""Who speaks, for every page."""

from django.conf import settings
from django.http import HttpRequest

from registration import policy


def speaker(_request: HttpRequest) -> dict[str, object]:
    """The template variables that name the sender and how to reach it."""
    return policy.speaker() | {"phone_numbers": settings.PHONE_NUMBERS, "activation_url": settings.ACTIVATION_URL}
