"""The public pages in a real browser: nothing that the policy forbids, no sideways scrolling, no need of JavaScript or of a mouse."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from privacy import receipts
from registration import record, self_service

pytestmark = [pytest.mark.browser, pytest.mark.real_transactions]
WIDE, PHONE = {"width": 1100, "height": 800}, {"width": 360, "height": 740}
TOKEN = "A" * 43
PLACES = ("register", "my", "privacy", f"confirm/{TOKEN}", f"unsubscribe/{TOKEN}", "problems/try-again", "nowhere")
KINDS = {
    "phone-dark-german": {"viewport": PHONE, "color_scheme": "dark", "locale": "de"},
    "phone-without-javascript": {"viewport": PHONE, "java_script_enabled": False},
}
EVERY_KIND = [pytest.param(kind, id=name) for name, kind in KINDS.items()]
EVERY_KIND += [pytest.param({"viewport": WIDE}, id="wide", marks=pytest.mark.proof)]  # a telephone is the harder one


@pytest.fixture
def site(life):
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture
def said(browser, request):
    """A page of the wanted kind, and whatever the browser complained of."""
    context = browser.new_context(**getattr(request, "param", {"viewport": WIDE}))
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if "status of 4" not in message.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page, complaints
    context.close()


def press(page, name, value):
    page.click(f"button[name={name}][value={value}]")


def registers(page, site):
    """Walk through the wizard; the receipt that stands on its last page."""
    page.goto(f"{site}/register?product=srv-std&manufacturer=acme")
    for _ in range(2):
        press(page, "go", "next")
    page.fill("#name", "Ada Example")
    press(page, "go", "next")
    page.check("#choice-1")
    page.fill("#email", "ada@example.org")
    for _ in range(2):
        press(page, "go", "next")
    press(page, "go", "send")
    return receipts.parse(page.locator(".receipt dd.code").first.inner_text())


@pytest.mark.parametrize("said", EVERY_KIND, indirect=True)
def test_every_page_fits_and_nothing_is_forbidden(said, site):
    page, complaints = said

    for place in PLACES:
        page.goto(f"{site}/{place}")
        assert page.locator("h1").count() == 1, place
        assert page.locator("body").bounding_box()["width"] <= page.viewport_size["width"], place
        widest = page.locator("main *").evaluate_all("all => Math.max(...all.map(one => one.getBoundingClientRect().right))")
        assert widest <= page.viewport_size["width"], place
    assert complaints == []


@pytest.mark.parametrize("said", EVERY_KIND, indirect=True)
def test_a_life_goes_from_registering_to_erasing(said, site, life):
    page, complaints = said
    receipt = registers(page, site)
    life.sweep()
    assert record.shown(self_service.see(receipt=receipt))["contact"]["name"] == "Ada Example"

    page.goto(f"{site}/my")
    page.fill("#receipt", receipt.text)
    press(page, "do", "see")
    assert receipt.number in page.inner_text("main")
    page.locator("button[value=lower]").first.click()
    assert life.states(receipt)["updates/vendor"] == "withdrawn"
    press(page, "do", "form")
    page.fill("#name", "Ada Beispiel")
    press(page, "do", "save")
    life.sweep()
    assert record.shown(self_service.see(receipt=receipt))["contact"]["name"] == "Ada Beispiel"
    press(page, "do", "erase")
    press(page, "do", "erase-now")
    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=receipt)

    assert page.locator("body").bounding_box()["width"] <= page.viewport_size["width"]
    assert complaints == []


def test_the_keyboard_is_enough(said, site, life):
    page, _ = said
    page.goto(f"{site}/register?product=srv-std")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for heading in ("Your product", "Your contact details", "Which e-mails would you like?"):
        tab_to(page, "button[value=next]")
        assert entered(page) == heading
    tab_to(page, "#choice-1")
    page.keyboard.press("Space")
    tab_to(page, "#email")
    page.keyboard.type("ada@example.org")
    assert entered(page) == "Your purchase", "Enter in a field goes on, never back"
    tab_to(page, "button[value=next]")
    assert entered(page) == "Check your answers"
    tab_to(page, "button[value=send]")

    assert entered(page) == "You are registered"
    assert life.sweep() == 1


def entered(page):
    """Press Enter; the heading of the page that follows."""
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page.inner_text("h1")


def tab_to(page, wanted):
    """Press Tab until that element is reached, and see a mark around everything that is passed."""
    for _ in range(30):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", page.evaluate(
            "document.activeElement.outerHTML"
        )
    raise AssertionError(wanted)


def test_a_mistake_is_read_out_and_led_to(said, site):
    page, _ = said
    page.goto(f"{site}/register?product=srv-std")
    for _ in range(2):
        press(page, "go", "next")
    page.fill("#email", "no address")
    press(page, "go", "next")

    expect(page.locator("[role=alert]")).to_be_focused()
    page.click(".alert a")
    expect(page.locator("#email")).to_be_focused()
    assert page.input_value("#email") == "no address"


def test_the_link_fills_in_the_receipt_and_leaves_the_address(said, site):
    page, _ = said
    page.goto(f"{site}/my#{TOKEN}")

    assert page.input_value("#receipt") == TOKEN
    assert page.url == f"{site}/my"


def test_the_receipt_is_saved_as_a_file_and_printed(said, site, life, tmp_path):
    page, _ = said
    receipt = registers(page, site)

    with page.expect_download() as download:
        page.click("a[download]")
    download.value.save_as(tmp_path / "receipt.txt")
    assert receipt.text in (tmp_path / "receipt.txt").read_text(encoding="utf-8")
    assert page.locator("button[data-print]").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".buttons").first.is_visible()
    assert page.locator(".receipt").is_visible()


def test_a_reload_gives_the_same_receipt(said, site, life):
    page, _ = said
    receipt = registers(page, site)
    page.reload()
    assert page.locator(".receipt dd.code").first.inner_text() == receipt.text
    assert life.sweep() == 1


@pytest.mark.parametrize("said", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True, ids=["light", "dark"])
def test_the_page_follows_the_readers_light_or_dark(said, site, request):
    page, _ = said
    page.goto(f"{site}/my")

    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
    assert (brightness > 600) is (request.node.callspec.id == "light")
