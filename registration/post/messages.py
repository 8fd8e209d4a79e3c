"""What each service mail says. None of them shows its fields: the links are secrets."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext, ngettext


@dataclass(frozen=True, repr=False)
class ChoiceText:
    """One chosen kind of mail: who sends it, the wording that was agreed to, and a link that ends it, if it stands."""

    sender_name: str
    text: str
    link: str = ""


@dataclass(frozen=True, repr=False)
class Item:
    """One registration that a mail is about, with its choices."""

    product_name: str
    number: str
    choices: tuple[ChoiceText, ...]


@dataclass(frozen=True, repr=False)
class Confirm:
    """Asks the mailbox to confirm. Nothing is granted without it.

    Args:
        language: Of the mail.
        items: What waits, the newest first.
        link: To the page that confirms all of it, or some, and finds what had no room.
        more: How many registrations wait beside those in `items`.
        expires_on: The last day on which all of it can be confirmed.
        my_link: Where a registration is seen, changed and erased.
    """

    template: ClassVar[str] = "confirm"

    language: str
    items: tuple[Item, ...]
    link: str
    more: int
    expires_on: date
    my_link: str

    def subject(self) -> str:
        """The subject in the active language."""
        return _about(self.items, gettext("Please confirm: e-mails about %(product)s"), gettext("Please confirm your choices"))


@dataclass(frozen=True, repr=False)
class Welcome:
    """Says what was granted without a confirmation, and how to end it."""

    template: ClassVar[str] = "welcome"

    language: str
    items: tuple[Item, ...]

    def subject(self) -> str:
        """The subject in the active language."""
        return _about(self.items, gettext("You chose e-mails about %(product)s"), gettext("You chose e-mails from us"))


def _about(items: tuple[Item, ...], one: str, several: str) -> str:
    """The subject of a mail about one product, or about several."""
    products = {item.product_name for item in items}
    return one % {"product": products.pop()} if len(products) == 1 else several


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
