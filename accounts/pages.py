"""The console's pages, each with the one sentence that its index says about it."""

from collections.abc import Iterable
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import roles


class Page(NamedTuple):
    """One entry of the index.

    Args:
        title: Its name.
        sentence: What it is for.
        route: The name of its URL. A process whose URLs lack it does not serve the page.
    """

    title: str | Promise
    sentence: str | Promise
    route: str


class Link(NamedTuple):
    """A page that this process serves."""

    title: str | Promise
    sentence: str | Promise
    url: str


PAGES: dict[str, Page] = {
    "support": Page(_("Support"), _("Find a customer's registration and help them. Every access is recorded."), "support:search"),
    "audit": Page(_("Audit trail"), _("See who looked at or changed personal data, and why."), "admin:audit"),
    "products": Page(_("Products"), _("The products that customers can register."), "admin:catalogue_product_changelist"),
    "manufacturers": Page(
        _("Manufacturers"), _("The companies that build the computers."), "admin:catalogue_manufacturer_changelist"
    ),
    "notices": Page(
        _("Notices"),
        _("What customers read before they register, one text for each language."),
        "admin:catalogue_notice_changelist",
    ),
    "wordings": Page(
        _("Wordings"),
        _("What customers agree to, one text for each choice and language."),
        "admin:catalogue_wording_changelist",
    ),
    "staff": Page(_("Staff accounts"), _("Who can sign in, and in which roles."), "admin:accounts_staff_changelist"),
    "approvals": Page(_("Approvals"), _("Roles waiting for a second person to approve them."), "admin:approvals"),
    "phone": Page(_("Phone"), _("Confirm a computer for a caller."), "activation:phone"),
    "keys": Page(_("Product keys"), _("Find a key to block it, replace it or free a slot."), "activation:keys"),
    "pressure": Page(
        _("Often refused"), _("Keys that many different computers tried in the last seven days."), "activation:pressure"
    ),
    "batches": Page(_("Batches"), _("Which keys were issued, and how many are in use."), "activation:batches"),
    "agreements": Page(_("Agreements"), _("See volume agreements and add new ones."), "activation:agreements"),
    "tallies": Page(_("Daily figures"), _("How we answered activation requests in the last 30 days."), "activation:tallies"),
    "cases": Page(_("Calls"), _("How recent calls ended."), "activation:cases"),
}


def links(names: Iterable[str], *, site: str) -> list[Link]:
    """The pages that these roles may use and that this process serves, in the table's order.

    Args:
        names: The account's roles.
        site: The name of the site that asks.
    """
    return [link for page in roles.pages(names) if (link := _link(PAGES[page], site))]


def _link(page: Page, site: str) -> Link | None:
    try:
        return Link(page.title, page.sentence, reverse(page.route, current_app=site))
    except NoReverseMatch:
        return None
