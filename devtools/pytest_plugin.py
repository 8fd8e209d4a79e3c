"""A pytest plugin: real servers, a fresh key ring and complete settings, before Django reads them. `pyproject.toml` loads it.

One set of servers serves the whole run; each xdist worker has its own databases on them. Their data stays in `.local/test`,
so that only the first run pays for `initdb`. Runs side by side in one checkout each take a folder of their own, such as `test-2`.
A test that kills a server starts its own: `with Servers(tmp_path) as servers`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devtools import environment
from devtools.embedded import Access, InUse, Servers
from regsvc import placeholders

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LOCAL = Path(__file__).resolve().parent.parent / ".local"
ROOT_NAME = "REGSVC_TEST_ROOT"
SIDE_BY_SIDE = 8


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start everything before pytest-django loads the settings. Workers of xdist inherit the environment."""
    options = early_config.known_args_namespace
    if "PYTEST_XDIST_WORKER" not in os.environ and not (options.help or options.version):
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        _begin(stack)
    elif options.help or options.version:
        os.environ.update(placeholders.development(servers=placeholders.NOWHERE, keys=LOCAL / "no-keys"))
    elif worker := os.environ.get("PYTEST_XDIST_WORKER"):
        address, _, _ = os.environ["REDIS_URL"].rpartition("/")
        os.environ["REDIS_URL"] = f"{address}/{1 + int(worker.removeprefix('gw')) % 15}"  # each worker has a broker of its own
    return (yield)


def _begin(stack: ExitStack) -> None:
    for name in placeholders.inherited().keys() ^ os.environ.keys():
        del os.environ[name]
    os.environ["REGSVC_DEVELOPMENT"] = "yes"
    servers = _free_servers(stack)
    keys = servers.root / "keys"
    making = environment.begin_keys(keys)
    os.environ.update(placeholders.development(servers=servers.environment(), keys=keys))
    os.environ[ROOT_NAME] = str(servers.root)
    if making.wait() != 0:
        raise pytest.UsageError("the test keys could not be made")


def _free_servers(stack: ExitStack) -> Servers:
    for name in ("test", *(f"test-{number}" for number in range(2, SIDE_BY_SIDE + 1))):
        try:
            return stack.enter_context(Servers(LOCAL / name, fsync=False))
        except InUse:
            continue
    raise pytest.UsageError(f"{SIDE_BY_SIDE} test runs are under way in this checkout")


def chromium() -> str | None:
    """The browser of the machine, or None."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next(filter(None, found), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser tests out where there is no browser; CI has one, or `manage.py test` has refused to begin."""
    if chromium():
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("browser")]


@pytest.fixture(scope="session")
def servers() -> Access:
    """The addresses and the superuser of the servers of this run."""
    return Access.attach(Path(os.environ[ROOT_NAME]))


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Chromium without a window. A test that uses it is marked `browser`."""
    from django.db import connections
    from playwright.sync_api import sync_playwright

    connections.close_all()  # Django keeps other connections where an event loop runs: neither kind may stay behind
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"  # Playwright's own event loop is in this thread, and the ORM minds
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=arguments)
        connections.close_all()
