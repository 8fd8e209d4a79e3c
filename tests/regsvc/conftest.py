"""The real logins of the roles, and the web server as the demo starts it, behind HAProxy."""

import os
from collections.abc import Iterator

import pytest

from bench import site
from devtools.demo import front, supervisor
from devtools.demo.front import LOOPBACK, Way
from tests.logins import entered, in_turn, logins

__all__ = ("entered", "in_turn", "logins")
POSTS = 60  # of one address in a minute


@pytest.fixture(scope="session")
def web(tmp_path_factory) -> Iterator[Way]:
    """A web process and HAProxy before it, with the command lines of the demo."""
    folder = tmp_path_factory.mktemp("web")
    way = Way(open=site.free_port(), inner=site.free_port())
    env = dict(os.environ) | {"REGSVC_PROXIES": LOOPBACK, "REGSVC_POSTS_PER_MINUTE": str(POSTS)}
    argv = front.argv({"public": way}, file=folder / "ports.cfg")
    with (
        site.serving(supervisor.web(way.inner), port=way.inner, env=env, log=folder / "web.log"),
        site.serving(argv, port=way.open, env={}, log=folder / "front.log"),
    ):
        yield way
