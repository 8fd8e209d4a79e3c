"""One town for all tests of a run, because starting it takes longer than attacking it; and the real logins of the roles."""

import itertools
import os

import pytest

from tests.adversary import town as towns
from tests.logins import entered, in_turn, logins

__all__ = ("boxes", "entered", "in_turn", "logins", "running", "town")


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """The real processes."""
    assert os.environ["REGSVC_DEVELOPMENT"] == "yes"
    with towns.town(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture
def town(running):
    """The town, with nothing waiting and the post office as usual."""
    running.office.delays = {}
    running.office.answers.clear()
    running.sweep()
    running.mail()
    return running


NAMES = itertools.count(1)


@pytest.fixture
def boxes():
    """Makes addresses that nobody has yet: `boxes("ada")`."""
    return lambda name, domain="example.org": f"{name}{next(NAMES)}@{domain}"
