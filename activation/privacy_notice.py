"""What activation keeps, in words. Every column of its store belongs to one line here: a test holds this against the schema."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kept(NamedTuple):
    """What is kept for one reason.

    Args:
        columns: Table and columns.
        what: In words.
        why: Its purpose.
        until: How long.
    """

    columns: tuple[str, str]
    what: str | Promise
    why: str | Promise
    until: str | Promise


LINES = (
    Kept(
        ("activation_productkey", "id epoch mac locator batch_id state confirmation confirmation_epoch"),
        _(
            "For each product key: a code that identifies it but doesn't reveal it, a second one for phone calls, an "
            "encrypted value for confirming by phone, and whether the key is valid"
        ),
        _("To check whether a key is genuine"),
        _("As long as the key exists"),
    ),
    Kept(
        ("activation_keyslot", "id key_id number"),
        _("How many computers may use a key, as numbered slots"),
        _("To give you what you bought"),
        _("As long as the key exists"),
    ),
    Kept(
        ("activation_binding", "id slot_id hardware_version hardware product bound_on released_on ended outcome"),
        _(
            "For each activated computer: the product, the day, the answer, a 36-bit code for its parts, and when and "
            "how it was freed. Each key gives the same computer a different code, so that codes can't be compared"
        ),
        _("To recognise the computer, and to let the key move when it is due"),
        _("As long as the key has it, and a year after it was freed"),
    ),
    Kept(
        ("activation_binding", "attempt"),
        _("A code for the number that your program gave its request"),
        _("To give a repeated request the same answer"),
        _("Until the next day"),
    ),
    Kept(
        ("activation_keypressure", "key_id day sketch"),
        _("How many different computers were refused a key on a day, as a bit pattern that identifies none of them"),
        _("To notice when a key has been published"),
        _("Seven days"),
    ),
    Kept(
        ("activation_daytally", "day product answer part count"),
        _("How often each answer was given for a product on a day"),
        _("To know how many computers are activated"),
        _("Indefinitely: a count belongs to nobody"),
    ),
    Kept(
        ("activation_phonecase", "id day product outcome"),
        _("For each phone call: the day, the product and how it ended. Not which key it was about, and not who called"),
        _("To know how many people need help, and with what"),
        _("Indefinitely: a call that names no key belongs to nobody"),
    ),
    Kept(
        ("activation_phonecase", "answered_by"),
        _("For each phone call: a code from which only we, with a key stored elsewhere, can tell which of us answered"),
        _("To find out what went wrong if a key was moved by mistake"),
        _("A year"),
    ),
    Kept(
        ("activation_batch", "number product edition channel slots policy agreement_id"),
        _("For keys that were issued together: their number, product, edition, sales channel and rules"),
        _("To know what a key is for"),
        _("As long as its keys exist"),
    ),
    Kept(
        ("activation_agreement", "reference programme seats begins ends"),
        _(
            "For volume agreements: a reference, the programme, the seats and the dates. Whose agreement it is, is "
            "recorded elsewhere"
        ),
        _("To issue keys for it"),
        _("As long as its keys exist"),
    ),
)


def columns() -> set[tuple[str, str]]:
    """Every column that has words here."""
    return {(line.columns[0], column) for line in LINES for column in line.columns[1].split()}
