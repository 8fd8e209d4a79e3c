"""The catalogue in memory: what the public process needs to validate a submission without asking the database."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from django.conf import settings

from catalogue import models
from catalogue.cache import Keeper
from catalogue.languages import DEFAULT
from catalogue.models import TOPICS, VENDOR

GRACE = timedelta(days=90)  # for which a retired wording is still good


class UnknownProduct(Exception):
    """No such product, or it is not registered any more."""


class UnknownManufacturer(Exception):
    """No such manufacturer."""


class UnknownWording(Exception):
    """No such wording for this choice, or it was retired too long ago."""


class NoNotice(Exception):
    """The catalogue has no notice to show, so nothing may be asked. Publish one."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product that can be registered."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Manufacturer:
    """A computer's manufacturer."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that was published."""

    digest: str
    product: str | None
    language: str
    text: str
    retired_on: date | None


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording that was published."""

    digest: str
    topic: str
    sender: str
    language: str
    text: str
    retired_on: date | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person can say yes or no to, as it is shown."""

    topic: str
    sender: str
    sender_name: str
    text: str
    wording: str


def good(wording: Wording, today: date) -> bool:
    """Whether a choice may still be made by this wording: people may have had the page open, or the client offline."""
    return wording.retired_on is None or today <= wording.retired_on + GRACE


@dataclass(frozen=True, slots=True)
class Shelf:
    """The catalogue as it was at one moment. Nothing in it changes.

    Args:
        vendor: Our own name, as the sender of what we send.
        products: The active products by code.
        notices: Every notice that was ever published, by digest; wordings likewise.
    """

    vendor: str
    products: Mapping[str, Product]
    manufacturers: Mapping[str, Manufacturer]
    notices: Mapping[str, Notice]
    wordings: Mapping[str, Wording]
    notice_at: Mapping[tuple[str | None, str], Notice]
    wording_at: Mapping[tuple[str, str, str], Wording]

    def product(self, code: str) -> Product:
        """The active product with this code.

        Raises:
            UnknownProduct: There is none.
        """
        if code not in self.products:
            raise UnknownProduct
        return self.products[code]

    def manufacturer(self, code: str) -> Manufacturer:
        """The manufacturer with this code.

        Raises:
            UnknownManufacturer: There is none.
        """
        if code not in self.manufacturers:
            raise UnknownManufacturer
        return self.manufacturers[code]

    def languages(self, product: str | None = None) -> tuple[str, ...]:
        """The languages that a notice can be shown in, for this product or for any."""
        return tuple(sorted({language for code, language in self.notice_at if code in {None, product}}))

    def notice(self, product: str, language: str) -> Notice:
        """The notice to show: the product's own, else the one for every product; in this language, else in English.

        Raises:
            UnknownProduct: No such product.
            NoNotice: There is no notice at all.
        """
        self.product(product)
        places = ((code, spoken) for spoken in (language, DEFAULT) for code in (product, None))
        found = next((self.notice_at[place] for place in places if place in self.notice_at), None)
        if found is None:
            raise NoNotice
        return found

    def choices(self, product: str, manufacturer: str | None, language: str) -> tuple[Choice, ...]:
        """What can be chosen: updates and offers from us, and from the manufacturer where it has wordings.

        Raises:
            UnknownProduct: No such product.
            UnknownManufacturer: A manufacturer was named, and there is none such.
        """
        self.product(product)
        senders = {VENDOR: self.vendor}
        if manufacturer:
            senders[manufacturer] = self.manufacturer(manufacturer).name
        shown = ((self._shown(topic, sender, language), name) for sender, name in senders.items() for topic in TOPICS)
        return tuple(Choice(each.topic, each.sender, name, each.text, each.digest) for each, name in shown if each)

    def _shown(self, topic: str, sender: str, language: str) -> Wording | None:
        return self.wording_at.get((topic, sender, language)) or self.wording_at.get((topic, sender, DEFAULT))

    def wording(self, digest: str) -> Wording | None:
        """The wording with this digest, however long ago it was retired."""
        return self.wordings.get(digest)

    def agreed(self, *, digest: str, topic: str, sender: str, today: date) -> Wording:
        """The wording by which this choice is made today.

        Raises:
            UnknownWording: There is none, it is about something else, or it was retired too long ago.
        """
        found = self.wordings.get(digest)
        if found is None or (found.topic, found.sender) != (topic, sender) or not good(found, today):
            raise UnknownWording
        return found

    def notice_digest_good(self, digest: str) -> bool:
        """Whether a notice with this digest was ever published."""
        return digest in self.notices


def _read() -> Shelf:
    products = models.Product.objects.filter(active=True).order_by("name", "code").values_list("code", "name")
    makers = models.Manufacturer.objects.order_by("name", "code").values_list("code", "name")
    shown = {"published_on__isnull": False}
    notices = models.Notice.objects.filter(**shown).values_list("digest", "product_id", "language", "text", "retired_on")
    wordings = models.Wording.objects.filter(**shown).values_list("digest", "topic", "sender", "language", "text", "retired_on")
    notice_of = {row[0]: Notice(*row) for row in notices}
    wording_of = {row[0]: Wording(*row) for row in wordings}
    return Shelf(
        vendor=settings.SENDER_NAME,
        products=MappingProxyType({code: Product(code, name) for code, name in products}),
        manufacturers=MappingProxyType({code: Manufacturer(code, name) for code, name in makers}),
        notices=MappingProxyType(notice_of),
        wordings=MappingProxyType(wording_of),
        notice_at=MappingProxyType({(n.product, n.language): n for n in notice_of.values() if not n.retired_on}),
        wording_at=MappingProxyType({(w.topic, w.sender, w.language): w for w in wording_of.values() if not w.retired_on}),
    )


_keeper = Keeper(_read)


def current(*, now: float | None = None) -> Shelf:
    """The catalogue, at most ten seconds old; at most ten minutes while the database is away.

    Args:
        now: Monotonic seconds; the machine's own where absent.
    """
    return _keeper.current(time.monotonic() if now is None else now)


def forget() -> None:
    """Read again at the next call: after publishing, and between tests."""
    _keeper.forget()
