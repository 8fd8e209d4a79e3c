"""The public pages of activation in a real browser: at phone width, in the dark, in German, without JavaScript and without a mouse."""

import json

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from tests.activation.conftest import asked

pytestmark = [pytest.mark.browser, pytest.mark.real_transactions, pytest.mark.urls("regsvc.urls.activation")]
PHONE = {"width": 360, "height": 740}
PLACES = ("activate", "slots", "privacy", "problems/in-use", "nowhere")
KINDS = {
    "dark-german": {"viewport": PHONE, "color_scheme": "dark", "locale": "de"},
    "without-javascript": {"viewport": PHONE, "java_script_enabled": False},
}


@pytest.fixture
def site(counter):
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def said(browser, request):
    """A page of the wanted kind, and whatever the browser complained of."""
    context = browser.new_context(**request.param)
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if "status of 4" not in message.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page, complaints
    context.close()


def fits(page) -> bool:
    widest = page.locator("main *").evaluate_all("all => Math.max(...all.map(one => one.getBoundingClientRect().right))")
    return widest <= page.viewport_size["width"] and page.locator("h1").count() == 1


def entered(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")


def freed(page):
    """Free the slot that the page shows; to load the answer again changes nothing."""
    for button in ("ask", "free"):
        page.focus(f"button[value={button}]")
        entered(page)
    page.reload()
    assert page.locator("[role=status]").count() == 1


def test_a_telephone_activates_and_frees(said, site, counter, tmp_path):
    page, complaints = said
    for place in PLACES:
        page.goto(f"{site}/{place}")
        assert fits(page), place
    key = counter.key()
    file = tmp_path / "server.actreq"
    file.write_text(json.dumps(asked(key)))

    page.goto(f"{site}/activate")
    page.set_input_files("#file", str(file))
    page.click("form button.main")
    page.wait_for_selector("[role=status]")
    assert fits(page)
    with page.expect_download() as download:
        page.click("a[download]")
    download.value.save_as(tmp_path / "server.actcert")
    assert download.value.suggested_filename == f"srv-std-{timezone.now().date().isoformat()}.actcert"
    assert json.loads((tmp_path / "server.actcert").read_text())["outcome"] == "new"
    page.click("summary")
    assert fits(page)

    page.goto(f"{site}/activate")
    page.click("summary")
    page.fill("#text", "canary7q")
    page.click("details button")
    page.wait_for_selector("[role=alert]")
    assert page.locator("#text").is_visible(), "the box stays open after a mistake"
    assert fits(page)
    file.write_text(json.dumps(asked(key, 2)))
    page.set_input_files("#file", str(file))
    page.click("form button.main")
    assert page.locator("[role=alert]").count() == 1
    assert fits(page)

    page.goto(f"{site}/slots")
    page.focus("#product_key")
    page.keyboard.type(key.text)
    entered(page)
    assert key.text not in page.content()
    assert page.url == f"{site}/slots"
    freed(page)
    assert page.url == f"{site}/slots/freed"
    assert fits(page)
    assert complaints == []


def test_the_language_can_be_chosen(said, site):
    page, _ = said
    page.goto(f"{site}/activate")
    page.click("[hreflang=de]")
    assert page.inner_text("h1") == "Mit einer Datei aktivieren"
    page.click("[href='/slots']")

    assert page.inner_text("h1") == "Meine Computer"
