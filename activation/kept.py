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
            "Of each product key: a code that recognises it and from which it cannot be found, a second one for the telephone, "
            "a sealed value that confirms there, and whether the key is in order"
        ),
        _("To know whether a key is genuine"),
        _("As long as the key exists"),
    ),
    Kept(
        ("activation_keyslot", "id key_id number"),
        _("On how many computers a key may be used, as numbered slots"),
        _("To hold to what was sold"),
        _("As long as the key exists"),
    ),
    Kept(
        ("activation_binding", "id slot_id hardware_version hardware product bound_on released_on ended outcome"),
        _(
            "Of each activated computer: the product, the day, the answer, a code of 36 bits of its parts, and the day on "
            "which it was freed and how. Each key makes another code of the same computer, so that codes cannot be compared"
        ),
        _("To know the computer again, and to let the key move when its time has come"),
        _("As long as the key has it, and a year after it was freed"),
    ),
    Kept(
        ("activation_binding", "attempt"),
        _("A code of the number that your program gave its request"),
        _("To answer a repeated request alike"),
        _("Until the next day"),
    ),
    Kept(
        ("activation_keypressure", "key_id day sketch"),
        _("How many different computers were refused a key on a day, as a pattern of bits that names none of them"),
        _("To notice a key that was made public"),
        _("Seven days"),
    ),
    Kept(
        ("activation_daytally", "day product answer part count"),
        _("How often each answer was given for a product on a day"),
        _("To know how many activate"),
        _("Without end: a count belongs to nobody"),
    ),
    Kept(
        ("activation_phonecase", "id day product outcome"),
        _("Of each call to our telephone: the day, the product and how it ended. Not which key it was about, nor who called"),
        _("To know how many need help, and with what"),
        _("Without end: a call that names no key belongs to nobody"),
    ),
    Kept(
        ("activation_phonecase", "answered_by"),
        _("Of each call: a code from which only we, with a key that lies elsewhere, can tell who of us answered"),
        _("To find out what went wrong if a key was moved by mistake"),
        _("A year"),
    ),
    Kept(
        ("activation_batch", "number product edition channel slots policy agreement_id"),
        _("Of keys that were made together: their number, product, edition, way of selling and rules"),
        _("To know what a key is good for"),
        _("As long as its keys exist"),
    ),
    Kept(
        ("activation_agreement", "reference programme seats begins ends"),
        _("Of volume agreements: a reference, the programme, the seats and the days. Whose it is stands elsewhere"),
        _("To make keys for it"),
        _("As long as its keys exist"),
    ),
)


def columns() -> set[tuple[str, str]]:
    """Every column that has words here."""
    return {(line.columns[0], column) for line in LINES for column in line.columns[1].split()}
