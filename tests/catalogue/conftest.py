"""A small catalogue, made by the service."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalogue import publishing, snapshot
from tests.catalogue.samples import NOON, document


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What one test put on the shelf is not there in the next."""
    snapshot.forget()
    yield
    snapshot.forget()


@pytest.fixture
def stocked(db: None) -> dict[str, Any]:
    """The small catalogue, loaded."""
    publishing.load(document(), at=NOON)
    return document()
