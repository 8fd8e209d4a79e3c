"""A first catalogue for an installation that may have one already."""

from datetime import datetime
from typing import Any

from catalogue import publishing
from catalogue.models import Manufacturer, Notice, Product, Wording


def seed(document: dict[str, Any], *, at: datetime) -> publishing.Summary:
    """Take in what the catalogue has nothing of: what people made of the rest since stays, whatever its state.

    A product or manufacturer is known by its code; a text by its place, in which people may have published another one.

    Raises:
        BadCatalogue: As for `publishing.load`.
    """
    products = set(Product.objects.values_list("code", flat=True))
    manufacturers = set(Manufacturer.objects.values_list("code", flat=True))
    notices = set(Notice.objects.values_list("product_id", "language"))
    wordings = set(Wording.objects.values_list("topic", "sender", "language"))
    missing = {
        "products": [each for each in document["products"] if each["code"] not in products],
        "manufacturers": [each for each in document["manufacturers"] if each["code"] not in manufacturers],
        "notices": [each for each in document["notices"] if (each.get("product"), each["language"]) not in notices],
        "wordings": [each for each in document["wordings"] if (each["topic"], each["sender"], each["language"]) not in wordings],
    }
    return publishing.load(missing, at=at)
