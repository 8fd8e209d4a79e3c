"""One service for all proofs of a run."""

import os

import pytest

from tests.proofs import topology


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """A whole service; only the kill test stops parts of it, and starts them again."""
    assert os.environ["REGSVC_DEVELOPMENT"] == "yes"
    with topology.house(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture
def verdict(record_property):
    """Notes what a proof counted, for the summary at the end of the run; and fails if there are faults."""

    def say(name, faults, **counts):
        counted = ", ".join(f"{what.replace('_', ' ')} {count}" for what, count in counts.items())
        record_property("verdict", f"{name}: {counted}; faults {len(faults)}: {'holds' if not faults else 'BROKEN'}")
        assert faults == []

    return say
