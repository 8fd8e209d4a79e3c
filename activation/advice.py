"""What to do about each problem, in words for whoever sits in front of the computer."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activation import problems
from activation.key_self_service import ReleasesUsedUp
from activation.product_keys import Mistyped
from web.problems import UNKNOWN, Problem


class Advice(NamedTuple):
    """What to do.

    Args:
        text: In words.
        call: Whether a call helps, so that the telephone numbers stand beside it.
        title: What a page calls the problem, where the API's word is one for programs.
        sentence: What a page says of it, likewise.
        program: What whoever writes a program should know, on the problem's own page.
    """

    text: str | Promise
    call: bool = False
    title: str | Promise = ""
    sentence: str | Promise = ""
    program: str | Promise = ""


class Told(NamedTuple):
    """A problem as a page tells it.

    Args:
        slug: The problem's name.
        problem: What it is.
        advice: What to do.
        mistyped: Where a key is probably wrong.
        transfer_from: The day on which a key in use moves by itself.
        again_on: The day from which its holder can free a slot again.
    """

    slug: str
    problem: Problem
    advice: Advice
    mistyped: Mistyped | None = None
    transfer_from: date | None = None
    again_on: date | None = None

    @property
    def title(self) -> str | Promise:
        """What the problem is called, in words for people."""
        return self.advice.title or self.problem.title

    @property
    def sentence(self) -> str | Promise:
        """What it means, likewise."""
        return self.advice.sentence or self.problem.detail


ADVICE: Mapping[str, Advice] = {
    "malformed": Advice(
        _("Choose the .actreq file that your product saved, or paste all of its text, from the first brace to the last."),
        sentence=_("We couldn't read this as an activation request."),
        program=_("Send valid JSON in UTF-8."),
    ),
    "https-required": Advice(
        _("Make sure that the address starts with https://, then send it again."),
        title=_("Not encrypted"),
        sentence=_("The connection was not encrypted, so we didn't read what you sent."),
        program=_("Send requests over HTTPS only."),
    ),
    "key-blocked": Advice(
        _("Call us and have the key ready. If it was blocked by mistake, we unblock it right away."), call=True
    ),
    "key-replaced": Advice(_("Enter the new key that replaces it. If you don't have it, call us."), call=True),
    "phone-only": Advice(
        _(
            "Too many computers have tried this key in a short time, or something is wrong with it. Call us: it takes "
            "only a few minutes."
        ),
        call=True,
    ),
    "page-expired": Advice(_("Enter the product key again. You then have ten minutes.")),
    "unknown-key": Advice(
        _("The key isn't mistyped, but we didn't issue it. Ask where you bought it whether it is genuine, or call us."),
        call=True,
    ),
    "not-found": Advice(_("Check that the address is complete.")),
    "method-not-allowed": Advice(
        _("Go back, and use the buttons on the page."),
        title=_("Not possible here"),
        sentence=_("You can't do that on this page."),
        program=_("See /api/v1/schema for the methods of each address."),
    ),
    "in-use": Advice(
        _("Free the key under “My computers”, then activate again. Or wait until the key moves automatically, or call us."),
        call=True,
    ),
    "slot-empty": Advice(_("Look at the computers that use your key, and choose one of them.")),
    "releases-used-up": Advice(_("If you can't wait, call us."), call=True),
    "too-large": Advice(
        _("Check that you chose the right file. An activation request is shorter than a page of text."),
        sentence=_("This file is too large for an activation request."),
        program=_("The body can be at most 16 KiB."),
    ),
    "wrong-content-type": Advice(
        _("Open the page again, and use the form on it."),
        title=_("Unreadable request"),
        sentence=_("We couldn't read what you sent."),
        program=_("Send JSON, and set the header “Content-Type” to application/json."),
    ),
    "wrong-content-encoding": Advice(
        _("Open the page again, and use the form on it."),
        title=_("Unreadable request"),
        sentence=_("We couldn't read what you sent."),
        program=_("Turn off compression in your program: the body can be at most 16 KiB anyway."),
    ),
    "invalid-fields": Advice(
        _("Have your product save the file again, and send it unchanged."),
        title=_("Incomplete request"),
        sentence=_("This activation request is incomplete or has been changed. Nothing was stored."),
        program=_("“errors” lists each wrong field by JSON pointer and says what to send. See also /api/v1/schema."),
    ),
    "mistyped-key": Advice(
        _(
            "A key has five groups of five characters. B and 8 look alike, and so do S and 5. It doesn't matter whether "
            "you enter O or 0, or I, L or 1."
        )
    ),
    "wrong-product": Advice(
        _("Install the product that this key is for, or enter the key that came with this product."), call=True
    ),
    "too-often": Advice(_("Wait ten minutes, then try again. Activated computers stay activated."), call=True),
    "try-again": Advice(_("Wait a moment, then send it again. Sending it twice does no harm.")),
    UNKNOWN: Advice(_("Try again later. If it happens again, tell us."), call=True),
}


def on(slug: str) -> Told:
    """A problem by its name."""
    return Told(slug, problems.PROBLEMS[slug], ADVICE[slug])


def on_error(error: Exception) -> Told:
    """A problem that happened."""
    told, day = on(problems.slug_of(error)), problems.moves_from(error)
    return told._replace(
        mistyped=error if isinstance(error, Mistyped) and error.group else None,
        transfer_from=day if isinstance(day, date) else None,
        again_on=error.again_on if isinstance(error, ReleasesUsedUp) else None,
    )
