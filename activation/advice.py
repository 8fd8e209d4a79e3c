"""What to do about each problem, in words for whoever sits in front of the computer."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activation import problems
from activation.problems import Problem
from activation.product_keys import Mistyped


class Advice(NamedTuple):
    """What to do.

    Args:
        text: In words.
        call: Whether a call helps, so that the telephone numbers stand beside it.
    """

    text: str | Promise
    call: bool = False


class Told(NamedTuple):
    """A problem as a page tells it.

    Args:
        slug: The problem's name.
        problem: What it is.
        advice: What to do.
        mistyped: Where a key is probably wrong.
        transfer_from: The day on which a key in use moves by itself.
    """

    slug: str
    problem: Problem
    advice: Advice
    mistyped: Mistyped | None = None
    transfer_from: date | None = None


ADVICE: Mapping[str, Advice] = {
    "malformed": Advice(
        _("Choose the file as your program wrote it. A program sends JSON in UTF-8, with each member only once.")
    ),
    "https-required": Advice(_("Open the address with https:// at its beginning, and send it again.")),
    "key-blocked": Advice(_("Call us and have the key at hand. If it was blocked by mistake, we free it at once."), call=True),
    "key-replaced": Advice(_("Type the new key that you got for it. If you do not have it, call us."), call=True),
    "phone-only": Advice(
        _("Too many computers have tried this key in a short time, or it is not in order. Call us: it takes some minutes."),
        call=True,
    ),
    "page-expired": Advice(_("Type the product key again. The pages after it work for ten minutes.")),
    "unknown-key": Advice(
        _("Nothing is mistyped, but the key was not issued here. Ask where you bought it whether it is genuine, or call us."),
        call=True,
    ),
    "not-found": Advice(_("Look whether the address is complete.")),
    "method-not-allowed": Advice(_("The description of the interface, under /api/v1/schema, names the methods of each address.")),
    "in-use": Advice(
        _("Free the key under “My computers”, then activate again. Or wait for the day of transfer, or call us."), call=True
    ),
    "slot-empty": Advice(_("Look at the computers of your key, and choose one that is in use.")),
    "releases-used-up": Advice(_("Call us if you cannot wait: we look at it with you."), call=True),
    "too-large": Advice(_("A file for activation has less than 1 KiB. Look whether you chose the right one.")),
    "wrong-content-type": Advice(_("Programs send application/json. Set the header “Content-Type” to match.")),
    "wrong-content-encoding": Advice(_("Turn compression of requests off in your program. A request has at most 16 KiB anyway.")),
    "invalid-fields": Advice(
        _("Let your program write the file again, and do not edit it. Programs find the members under /api/v1/schema.")
    ),
    "mistyped-key": Advice(
        _("A key has five groups of five characters. B and 8, S and 5 look alike; O and 0, I, L and 1 are taken as the same.")
    ),
    "wrong-product": Advice(_("Install the product that the key is for, or type the key that came with this one."), call=True),
    "too-often": Advice(_("Wait ten minutes. What is activated stays activated."), call=True),
    "try-again": Advice(_("Wait a moment and send it again. Sending it twice does no harm.")),
    problems.UNKNOWN: Advice(_("It is not your fault. Try again later, and tell us if it stays."), call=True),
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
    )
