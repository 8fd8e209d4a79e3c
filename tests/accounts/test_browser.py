"""The console in a real browser: nothing that the policy forbids, no sideways scrolling, and no need of JavaScript."""

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.accounts.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.urls("regsvc.urls.console")]
WIDE, PHONE = {"width": 1100, "height": 700}, {"width": 360, "height": 740}
PAGES = (
    "",
    "accounts/staff/",
    "accounts/staff/add/",
    "catalogue/wording/",
    "catalogue/wording/add/",
    "password_change/",
    "nowhere/",
)


@pytest.fixture
def site(transactional_db, account):
    account("administrator")
    server = LiveServer("localhost")
    yield f"{server.url}/console/"
    server.stop()


@pytest.fixture
def said(browser, site, request):
    """A page of the wanted kind, and whatever the browser complained of."""
    context = browser.new_context(**request.param)
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page, complaints
    context.close()


def signs_in(page, site):
    page.goto(site)
    page.fill("input[name=username]", "ann")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(site)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"viewport": WIDE}, id="wide", marks=pytest.mark.proof),
        pytest.param({"viewport": PHONE, "color_scheme": "dark", "locale": "de"}, id="phone-dark-german"),
        pytest.param({"viewport": PHONE, "java_script_enabled": False}, id="phone-without-javascript", marks=pytest.mark.proof),
    ],
    indirect=True,
)
def test_every_page_shows_without_complaint(said, site):
    page, complaints = said
    signs_in(page, site)

    for path in PAGES:
        page.goto(site + path)
        assert page.locator("h1").count() == 1, path
    assert [text for text in complaints if "404 (Not Found)" not in text] == []


@pytest.mark.parametrize("said", [{"viewport": WIDE}], indirect=True)
def test_what_the_policy_forbids_is_complained_of(said, site):
    page, complaints = said
    page.goto(site)

    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>forbidden</p>')")

    assert "Content Security Policy" in complaints[0]


CUT_OFF = """[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
    .filter(field => field.closest(".form-row") && field.getBoundingClientRect().right > innerWidth - 16).map(field => field.name)"""


@pytest.mark.parametrize("said", [{"viewport": PHONE}], indirect=True)
def test_nothing_scrolls_sideways_on_a_phone(said, site):
    page, _ = said
    signs_in(page, site)

    for path in PAGES:
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert page.evaluate(CUT_OFF) == [], path


@pytest.mark.parametrize("said", [{"viewport": WIDE}], indirect=True)
def test_what_the_keyboard_is_on_is_seen(said, site):
    page, _ = said
    signs_in(page, site)

    for _ in range(8):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize(
    "said", [{"viewport": WIDE}, {"viewport": WIDE, "color_scheme": "dark"}], indirect=True, ids=["light", "dark"]
)
def test_the_page_follows_the_readers_system(said, site, request):
    page, _ = said
    page.goto(site)

    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
    assert (brightness > 600) is (request.node.callspec.id == "light")
