"""A mail and the page to which its button leads look alike."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "regsvc" / "static" / "regsvc" / "pages.css").read_text("utf-8")
LIGHT, DARK = (re.search(r"--main: (#\w+);[^}]*--on-main: (#\w+);", part).groups() for part in PAGES.split("@media (prefers", 1))
MAILS = sorted((ROOT / "registration" / "templates" / "registration" / "post").glob("*.html"))


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_the_buttons_and_links_of_a_mail_have_the_colours_of_the_pages(mail):
    light, _, dark = mail.read_text("utf-8").partition("prefers-color-scheme: dark")

    assert f"a {{ color: {LIGHT[0]}; }}" in light
    assert f"background: {DARK[0]} !important" in dark
    assert f"color: {DARK[1]} !important" in dark
    buttons = re.findall(r'class="[^"]*\bgo\b.*?<td[^>]*bgcolor="(#\w+)"', light + dark, flags=re.DOTALL)
    assert set(buttons) <= {LIGHT[0]}
