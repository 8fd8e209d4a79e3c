"""The keystore as a Django application."""

from django.apps import AppConfig


class KeystoreConfig(AppConfig):
    """Lives in the database `keystore`."""

    name = "keystore"
