"""The pages about the whole service, and the German of every page."""

import io
from pathlib import Path

import pytest
from babel.messages.extract import extract
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import templatize

from privacy import datamap
from registration import policy
from regsvc import pages
from regsvc.problems import PROBLEMS
from tests.forms import Page

ROOT = Path(__file__).parent.parent.parent
APPS = (
    "intake/pages.py",
    "intake/fields.py",
    "intake/error_details.py",
    "privacy/strict.py",
    "intake/wizard.py",
    "intake/templatetags",
    "intake/templates",
)
OWN = ("registration/pages.py", "registration/own_page.py", "registration/templates/registration")
SERVICE = ("regsvc/pages.py", "regsvc/problems.py", "regsvc/templates/regsvc")
ACTIVATION = ("activation/advice.py", "activation/privacy_notice.py", "activation/problems.py", "activation/templates/activation")
OPERATOR = (
    "activation/labels.py",
    "activation/key_pages.py",
    "activation/phone_pages.py",
    "activation/book_pages.py",
    "activation/templates/operator",
    "accounts/pages.py",
    "accounts/console.py",
    "accounts/templates",
)
CALLS = {"gettext": None, "gettext_lazy": None, "_": None, "say": None, "ngettext": (1, 2)}
SAME = {"Name", "name", "Link", "Select", "Enterprise Agreement"}
BROWSER = {"Accept": "text/html"}
MONTHS = {"without_opt_in": 24, "inactive": 36}


def files(place: str) -> list[Path]:
    found = ROOT / place
    every = [found] if found.is_file() else sorted(found.rglob("*"))
    return [each for each in every if each.suffix in {".py", ".html", ".txt"}]


SOURCES = [file for place in (*APPS, *OWN, *SERVICE, *ACTIVATION, *OPERATOR) for file in files(place)]


def messages(file: Path) -> set[tuple[str, ...]]:
    """Every text of a file that is to be translated; one with a plural is a pair."""
    if file.suffix == ".py":
        text = file.read_text(encoding="utf-8")
    else:
        text = "\n".join(line.strip() for line in templatize(file.read_text(encoding="utf-8")).splitlines())
    found = extract("python", io.BytesIO(text.encode()), keywords=CALLS, options={"encoding": "utf-8"})
    return {(message,) if isinstance(message, str) else message for _, message, _, _ in found}


def german(text: tuple[str, ...]) -> str:
    return translation.ngettext(*text, 1) if len(text) > 1 else translation.gettext(text[0])


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_text_of_a_page_is_there_in_german(file):
    with translation.override("de"):
        missing = {text for text in messages(file) if text[0] not in SAME and german(text) == text[0]}

    assert not missing


def test_the_texts_of_the_pages_are_found():
    assert sum(len(messages(file)) for file in SOURCES) > 350


@pytest.mark.parametrize("slug", PROBLEMS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_problem_has_a_page_that_says_what_to_do(client, slug, language):
    page = Page(client.get(f"/problems/{slug}", headers={"Accept-Language": language}))

    with translation.override(language):
        assert page.status == 200
        assert page.heading == str(PROBLEMS[slug].title)
        assert escape(str(pages.ADVICE[slug]).split(".", maxsplit=1)[0]) in page.html


def test_a_problem_that_does_not_exist_has_no_page(client):
    assert client.get("/problems/none-such").status_code == 404


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_privacy_page_shows_the_whole_data_map_in_words(client, language):
    page = Page(client.get("/privacy", headers={"Accept-Language": language}))
    entries = [entry for entry in datamap.entries() if not entry.model.startswith(pages.STAFF_ONLY)]

    with translation.override(language):
        for entry in entries:
            assert str(pages.VALUES[f"{entry.model}.{entry.value}"]) in page.html
            for text in (entry.personal.purpose, entry.personal.keep, *entry.personal.reveal):
                said = translation.gettext(text) % MONTHS
                assert said.replace("'", "&#x27;") in page.html
                assert language == "en" or said != text % MONTHS or text == "marketing", text


def test_the_privacy_page_says_the_houses_own_rules(client, settings):
    settings.RETAIN_WITHOUT_OPT_IN, settings.RETAIN_INACTIVE, settings.CONFIRM_DAYS = 7, 9, 1
    page = Page(client.get("/privacy"))

    assert "we erase your registration after 7 months" in page.html
    assert "7 months without an active choice" in page.html
    assert page.html.count("not heard from you for 9 months") == 2
    assert "24 months" not in page.html
    assert "it ends after one day" in page.html
    assert f"After {policy.rules().shut_days} days nobody can read it from a backup" in page.html
    assert settings.PRIVACY_CONTACT in page.html


def test_a_browser_gets_a_page_and_a_program_a_problem_document(client):
    assert Page(client.get("/nowhere", headers=BROWSER)).heading == "Not found"
    for answer in (client.get("/nowhere"), client.get("/api/v1/nowhere", headers=BROWSER)):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_our_own_mistake_is_a_page_that_says_nothing_of_it(client, monkeypatch):
    def broken(*_: object) -> None:
        raise ValueError("ada@example.org")

    monkeypatch.setattr("intake.wizard.begun", broken)
    client.raise_request_exception = False

    page = Page(client.get("/register", headers=BROWSER))
    assert (page.status, page.heading) == (500, "Something went wrong")
    assert "ada@" not in page.html
    assert client.get("/register").json()["type"] == "/problems/internal"


@pytest.mark.parametrize("url", ["/register", "/my", "/privacy", "/confirm/x", "/problems/try-again"])
def test_no_page_takes_another_method(client, url):
    assert client.put(url).status_code == 405


def test_the_front_door_leads_to_the_wizard(client):
    assert client.get("/").url == "/register"
