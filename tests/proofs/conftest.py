"""One service for all proofs of a run."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.proofs import topology

HERE = Path(__file__).parent


class Kept:
    """The service while proofs run. Its clock rings every second: afterwards it would slow the rest of a run down."""

    def __init__(self):
        self.stack, self.house = ExitStack(), None

    def opened(self, tmp_path_factory):
        if self.house is None:
            self.house = self.stack.enter_context(topology.house(tmp_path_factory.mktemp("house")))
        return self.house

    def close(self):
        self.stack.close()
        self.house = None


KEPT = Kept()


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A whole service; only the kill tests stop parts of it, and start them again."""
    assert os.environ["REGSVC_DEVELOPMENT"] == "yes"
    return KEPT.opened(tmp_path_factory)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem):
    yield
    if nextitem is None or HERE not in nextitem.path.parents:
        KEPT.close()


@pytest.fixture
def verdict(record_property):
    """Notes what a proof counted, for the summary at the end of the run; and fails if there are faults."""

    def say(name, faults, **counts):
        counted = ", ".join(f"{what.replace('_', ' ')} {count}" for what, count in counts.items())
        record_property("verdict", f"{name}: {counted}; faults {len(faults)}: {'holds' if not faults else 'BROKEN'}")
        assert faults == []

    return say
