"""Which languages are served: no act may leave readers of one language with a text in another."""

from typing import NamedTuple

from catalogue.models import CURRENT, Notice, Product, Wording


class Place(NamedTuple):
    """Where people read a text in their language: the notice of a product, or the wording of a choice.

    Args:
        about: The product's code, or topic and sender.
        language: The language.
    """

    about: tuple[str, ...]
    language: str


def now() -> frozenset[Place]:
    """Every place that is served by a current text. A notice for every product serves each active one."""
    products = Product.objects.filter(active=True).values_list("code", flat=True)
    notices = Notice.objects.filter(CURRENT).values_list("product_id", "language")
    wordings = Wording.objects.filter(CURRENT).values_list("topic", "sender", "language")
    places = {Place((product,), language) for product in products for code, language in notices if code in {None, product}}
    return frozenset(places | {Place((topic, sender), language) for topic, sender, language in wordings})


def lost(before: frozenset[Place]) -> list[Place]:
    """The places of *before* that nothing serves any more, sorted.

    A product that is registered no more loses nothing, nor does a choice that ended in all languages at once. A notice cannot.
    """
    after = now()
    choices = {place.about for place in after}
    active = {(code,) for code in Product.objects.filter(active=True).values_list("code", flat=True)}
    return sorted(place for place in before - after if place.about in choices | active)
