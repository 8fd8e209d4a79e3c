"""Staff accounts as a Django application, and Django's admin with our console as its site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin  # the module: Django would take an imported class for one of our own


class AccountsConfig(AppConfig):
    """Registers the check of the table of roles."""

    name = "accounts"
    verbose_name = "Accounts"
    default = True

    def ready(self) -> None:
        from accounts import checks  # noqa: F401 (registers its check once the apps are there)


class ConsoleConfig(admin.AdminConfig):
    """Django's admin application, served by our own site."""

    default = False
    default_site = "accounts.console.Console"
