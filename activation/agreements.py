"""Volume agreements: a programme, seats and days. Whose they are stands in the vendor's own books, under the reference."""

import os
from datetime import date

from django.db.models import Q

from activation.models import Agreement
from privacy import codes

STORE = "activation"
LEAST_SEATS = {"select": 1, "enterprise": 1, "open": 5}


class TooFewSeats(Exception):
    """The programme begins with more seats."""


class UnknownProgramme(Exception):
    """There is no such programme."""


class EndsTooSoon(Exception):
    """The agreement would end before it begins."""


def sign(*, programme: str, seats: int, begins: date, ends: date | None = None) -> Agreement:
    """Enter an agreement under a new reference.

    Raises:
        UnknownProgramme, TooFewSeats, EndsTooSoon: It cannot be entered.
    """
    if programme not in LEAST_SEATS:
        raise UnknownProgramme
    if seats < LEAST_SEATS[programme]:
        raise TooFewSeats
    if ends is not None and ends < begins:
        raise EndsTooSoon
    reference = codes.number(os.urandom(5))
    return Agreement.objects.using(STORE).create(reference=reference, programme=programme, seats=seats, begins=begins, ends=ends)


def running(reference: str, *, today: date) -> bool:
    """Whether an agreement runs on a day."""
    found = Agreement.objects.using(STORE).filter(reference=reference, begins__lte=today)
    return found.filter(Q(ends__isnull=True) | Q(ends__gte=today)).exists()
