"""Logins belong to a server, and the workers of a test run share the servers: they make logins one after another.

And the web server as the demo starts it, behind HAProxy.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest

from bench import site
from regsvc.demo import cast, front
from regsvc.demo.front import LOOPBACK, Way
from regsvc.embedded import Access

POSTS = 60  # of one address in a minute


@pytest.fixture(scope="session")
def in_turn(servers: Access) -> Callable[[], AbstractContextManager[None]]:
    """Waits until no other worker makes logins."""

    @contextmanager
    def held() -> Iterator[None]:
        with psycopg.connect(servers.superuser_url("default", "postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            yield

    return held


@pytest.fixture(scope="session")
def web(tmp_path_factory) -> Iterator[Way]:
    """A web process and HAProxy before it, with the command lines of the demo."""
    folder = tmp_path_factory.mktemp("web")
    way = Way(open=site.free_port(), inner=site.free_port())
    env = dict(os.environ) | {"REGSVC_PROXIES": LOOPBACK, "REGSVC_POSTS_PER_MINUTE": str(POSTS)}
    argv = front.argv({"public": way}, file=folder / "ports.cfg")
    with (
        site.serving(cast.web(way.inner), port=way.inner, env=env, log=folder / "web.log"),
        site.serving(argv, port=way.open, env={}, log=folder / "front.log"),
    ):
        yield way
