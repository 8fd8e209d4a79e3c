"""The description as a page in a real browser: on both hosts, and nothing that the policy forbids."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from activation import description as activation
from regsvc import description as registration

pytestmark = [pytest.mark.browser, pytest.mark.real_transactions]
HOSTS = {"registration": ("regsvc.urls.public", registration), "activation": ("regsvc.urls.activation", activation)}
SLOW = 20_000  # the viewer draws anew, on a machine that does other things too
PHONE = {"width": 360, "height": 740}
INK = "rgb(27, 39, 51)"  # --ink of the public pages, in the light
FAINT = """() => [...document.querySelectorAll("#viewer h1, #viewer h2, #viewer h5, #viewer p, #viewer td")].filter(each => {
    const parts = colour => colour.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    return each.innerText.trim() && parts(getComputedStyle(each).color) < 350;
}).length"""


@pytest.fixture(params=HOSTS.values(), ids=HOSTS)
def host(request, life, settings):
    """A host's address, and the summaries of its operations."""
    settings.ROOT_URLCONF, module = request.param
    server = LiveServer("localhost")
    yield server.url, [each["summary"] for methods in module.described()["paths"].values() for each in methods.values()]
    server.stop()


@pytest.fixture
def opened(browser, host):
    """Opens the page; gives it, and what the browser complained of or asked of others."""
    contexts, complaints = [], []

    def opening(**kind):
        contexts.append(browser.new_context(**kind))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith((host[0], "data:")) or complaints.append(asked.url))
        page.goto(f"{host[0]}/api/docs")
        return page, complaints

    yield opening
    for context in contexts:
        context.close()


def test_the_viewer_shows_every_operation_on_a_telephone_in_the_dark(opened, host):
    page, complaints = opened(viewport=PHONE, color_scheme="dark")

    for summary in host[1]:
        expect(page.locator("#viewer h2", has_text=summary).first).to_be_visible(timeout=SLOW)
    expect(page.locator("#plain")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(FAINT) == 0
    page.emulate_media(color_scheme="light")
    expect(page.locator("#viewer h1").first).to_have_css("color", INK, timeout=SLOW)
    assert complaints == []


def test_without_javascript_there_is_a_list(opened, host):
    page, complaints = opened(viewport=PHONE, java_script_enabled=False)

    assert page.locator("#plain h3").all_inner_texts() == host[1]
    assert page.get_by_role("link", name="OpenAPI").get_attribute("href") == "/api/v1/schema"
    assert page.locator("body").bounding_box()["width"] <= PHONE["width"]
    assert complaints == []
