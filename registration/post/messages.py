"""What each service mail says. None of them shows its fields: the links are secrets."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext, ngettext


@dataclass(frozen=True, repr=False)
class ChoiceText:
    """One chosen kind of mail: who sends it, the wording that was agreed to, and the link that confirms or ends it."""

    sender_name: str
    text: str
    link: str


@dataclass(frozen=True, repr=False)
class Confirm:
    """Asks the mailbox to confirm. Nothing is granted without it."""

    template: ClassVar[str] = "confirm"

    language: str
    product_name: str
    choices: tuple[ChoiceText, ...]
    expires_on: date
    my_link: str

    def subject(self) -> str:
        """The subject in the active language."""
        return gettext("Please confirm: mail about %(product)s") % {"product": self.product_name}


@dataclass(frozen=True, repr=False)
class Welcome:
    """Says what was granted without a confirmation, and how to end it."""

    template: ClassVar[str] = "welcome"

    language: str
    product_name: str
    choices: tuple[ChoiceText, ...]

    def subject(self) -> str:
        """The subject in the active language."""
        return gettext("You chose mail about %(product)s") % {"product": self.product_name}


@dataclass(frozen=True, repr=False)
class EmailChanged:
    """Tells the old mailbox that it was replaced. The new one is not named: the reader may not be the owner any more."""

    template: ClassVar[str] = "email_changed"

    language: str
    product_name: str

    def subject(self) -> str:
        """The subject in the active language."""
        return gettext("Your e-mail address for %(product)s was changed") % {"product": self.product_name}


@dataclass(frozen=True, repr=False)
class ReceiptItem:
    """One registration of the mailbox and its new link."""

    product_name: str
    number: str
    link: str


@dataclass(frozen=True, repr=False)
class Receipts:
    """New links for everything that is registered with the mailbox."""

    template: ClassVar[str] = "receipts"

    language: str
    items: tuple[ReceiptItem, ...]

    def subject(self) -> str:
        """The subject in the active language."""
        return ngettext("A new link to your registration", "New links to your registrations", len(self.items))


Message = Confirm | Welcome | EmailChanged | Receipts
