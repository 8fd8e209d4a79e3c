"""Makes the demo's product keys, as the role `operator`, in a process of its own, and writes them as JSON."""

from collections.abc import Iterator
from datetime import date

import django
import msgspec

SEATS = 25


class ForSale(msgspec.Struct):
    """A product key that is shown once: here, and in the demo's notes."""

    key: str
    product: str
    channel: str

    def __repr__(self) -> str:
        return f"ForSale({self.product}, {self.channel})"


def main() -> None:
    """Print every new key."""
    django.setup()
    from django.utils import timezone

    print(msgspec.json.encode(list(_keys(timezone.now().date()))).decode())


def _keys(today: date) -> Iterator[ForSale]:
    from activation import agreements, issuing
    from activation.models import Agreement, Batch

    agreement = Agreement.objects.first() or agreements.sign(programme="open", seats=SEATS, begins=today)  # begun before?
    wanted = (
        (Batch(number=1, product="srv-std", channel="retail", slots=1, policy="retail-1"), 60),
        (Batch(number=2, product="srv-std", channel="multi", slots=5, policy="multi-1"), 6),
        (Batch(number=3, product="srv-ent", channel="retail", edition="enterprise", slots=1, policy="retail-1"), 20),
        (Batch(number=4, product="srv-ent", channel="volume", slots=0, policy="volume-1", agreement=agreement), 2),
        (Batch(number=5, product="desk-pro", channel="retail", slots=1, policy="retail-1"), 20),
        (Batch(number=6, product="desk-pro", channel="manufacturer", slots=1, policy="manufacturer-1"), 4),
    )
    for batch, count in wanted:
        for made in issuing.issue(batch=issuing.open_batch(batch, today=today), count=count):
            yield from (ForSale(key.text, batch.product, batch.channel) for key in made)


if __name__ == "__main__":
    main()
