"""Who speaks on the pages and in the mails."""

from django.conf import settings
from django.http import HttpRequest


def speaker(_request: HttpRequest | None = None) -> dict[str, object]:
    """The template variables that name the sender and how to reach it."""
    return {
        "sender_name": settings.SENDER_NAME,
        "sender_address": settings.SENDER_ADDRESS,
        "postal_address": settings.POSTAL_ADDRESS,
        "privacy_contact": settings.PRIVACY_CONTACT,
        "phone_numbers": settings.PHONE_NUMBERS,
        "public_url": settings.PUBLIC_URL,
        "activation_url": settings.ACTIVATION_URL,
    }
