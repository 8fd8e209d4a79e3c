"""One service for all proofs of a run."""

import os

import pytest

from tests.proofs import houses


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """A whole service; only the kill test stops parts of it, and starts them again."""
    assert os.environ["REGSVC_DEVELOPMENT"] == "yes"
    with houses.house(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture
def verdict(capsys):
    """Prints what a proof counted, past pytest's capture."""

    def say(name, faults, **counts):
        counted = ", ".join(f"{what.replace('_', ' ')} {count}" for what, count in counts.items())
        with capsys.disabled():
            print(f"\n{name}: {counted}; faults {len(faults)}: {'holds' if not faults else 'BROKEN'}")  # noqa: T201
        assert faults == []

    return say
