"""The operator's pages in a real browser: a slip is named while it is typed, and without JavaScript the answer is the same."""

import re

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from activation import phone
from activation.phone import Installation
from tests.activation.conftest import computer

pytestmark = [pytest.mark.browser, pytest.mark.urls("regsvc.urls.operator"), pytest.mark.real_transactions]
WIDE, NARROW = {"width": 1100, "height": 700}, {"width": 360, "height": 740}
FAULT = "Group B is wrong. Ask for it again."
PAGES = ("phone", "keys", "pressure", "batches", "agreements", "tallies", "calls")


@pytest.fixture
def site(counter):
    server = LiveServer("localhost")
    yield f"{server.url}/console/"
    server.stop()


@pytest.fixture
def typed(counter):
    """The groups of an installation ID of a new key."""
    counter.today = timezone.now().date()
    return phone.installation_id(Installation(counter.key().locator, computer(1), 4711)).split("-")


@pytest.fixture
def page(browser, site, olga, settings, request):
    """A signed-in page of the wanted kind; it must not complain of anything."""
    context = browser.new_context(**request.param)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": olga.cookies[name].value, "url": site}])
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def answer_the_telephone(page, site):
    """Open the page, and type no sooner than its first box has the cursor."""
    page.goto(f"{site}phone/")
    page.wait_for_selector("#group-A:focus")


def wrong(group):
    return group[:-1] + str((int(group[-1]) + 1) % 10)


@pytest.mark.parametrize("page", [{"viewport": WIDE}], indirect=True)
def test_a_wrong_digit_is_named_at_once_and_gone_when_it_is_right(page, site, typed):
    answer_the_telephone(page, site)
    page.keyboard.type(typed[0] + wrong(typed[1]))

    assert page.locator("#fault-B").inner_text() == FAULT
    assert page.locator("#fault-A").inner_text() == ""
    assert page.locator("[aria-invalid=true]").get_attribute("id") == "group-B"
    page.keyboard.press("Backspace")
    page.keyboard.type(typed[1][-1])
    assert page.locator("#fault-B").inner_text() == ""
    assert page.evaluate("document.activeElement.id") == "group-C"


@pytest.mark.parametrize("page", [{"viewport": WIDE, "java_script_enabled": False}], indirect=True)
def test_without_javascript_the_answer_says_the_same(page, site, typed):
    page.goto(f"{site}phone/")
    page.fill("#group-A", "-".join([typed[0], wrong(typed[1]), *typed[2:]]))
    page.click("button.default")

    assert page.locator("#fault-B").inner_text() == FAULT
    assert page.locator("[aria-invalid=true]").get_attribute("id") == "group-B"
    page.fill("#group-B", typed[1])
    page.click("button.default")
    page.click("button[value=confirm]")
    assert page.locator(".readout li").count() == 4


@pytest.mark.parametrize("page", [{"viewport": WIDE}], indirect=True)
def test_a_call_needs_the_keyboard_only(page, site, typed):
    answer_the_telephone(page, site)
    page.keyboard.type("".join(typed))
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict.good")
    page.keyboard.press("Enter")
    page.wait_for_selector(".readout")

    assert page.evaluate("document.activeElement.textContent").split()[1] == "A"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").split()[1] == "B"
    assert page.locator("[data-print]").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible()
    assert page.locator(".digits").first.is_visible()


@pytest.mark.parametrize("page", [{"viewport": WIDE}], indirect=True)
@pytest.mark.parametrize("separator", ["-", " ", ""])
def test_the_whole_number_is_pasted_into_the_first_box(page, site, typed, separator):
    answer_the_telephone(page, site)
    page.keyboard.insert_text(separator.join(typed))

    assert [page.input_value(f"#group-{name}") for name in "ABCDEFG"] == typed
    assert page.locator("input.right").count() == 7


@pytest.mark.parametrize("page", [{"viewport": NARROW, "java_script_enabled": False, "locale": "de"}], indirect=True)
def test_moving_and_freeing_ask_once_more_and_need_no_javascript(page, site, counter):
    key = counter.key()
    counter.today = timezone.now().date()
    counter.ask(key, 1)
    page.goto(f"{site}phone/")
    page.fill("#group-A", phone.installation_id(Installation(key.locator, computer(2), 4711)))
    page.click("button.default")
    page.click("button[value=move]")
    assert page.inner_text("h1") == "Schlüssel übertragen?"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("button[value=move]")
    assert page.locator(".readout li").count() == 4

    page.goto(f"{site}keys/")
    page.fill("#wanted", key.text)
    page.click("button.default")
    page.click("button[value=release]")
    assert page.inner_text("h1").startswith("Platz 1 freigeben?")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("button[value=release]")
    assert "Der Platz ist frei" in page.inner_text("[role=status]")


@pytest.mark.parametrize("page", [{"viewport": NARROW, "color_scheme": "dark", "locale": "de"}], indirect=True)
def test_nothing_scrolls_sideways_on_a_phone(page, site, counter, typed):
    for number in range(1, 6):
        counter.ask(counter.key(), number)
    for path in PAGES:
        page.goto(f"{site}{path}/")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    answer_the_telephone(page, site)
    page.keyboard.type("".join(typed))
    page.keyboard.press("Enter")
    page.click("button[value=confirm]")

    assert re.fullmatch(r"\d{6}", page.locator(".digits").first.inner_text())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
