"""The HTML of the mails: written in MJML, compiled once, and checked in as Django templates.

Run `python -m registration.post.compile` after a change in `mjml/`.
"""

import re
from pathlib import Path

from mjml import mjml2html

SOURCES = Path(__file__).parent / "mjml"
COMPILED = Path(__file__).parent.parent / "templates" / "registration" / "post"


def html(source: Path) -> str:
    """The Django template that an MJML source compiles to."""
    whole = re.sub(r'<mj-include path="(\w+\.mjml)" />', lambda found: part(found[1]), source.read_text("utf-8"))
    page = re.sub(r' xmlns="[^"]*"', "", mjml2html(whole, fonts={}, disable_comments=True))
    # Short lines can be reviewed, and travel without quoted-printable.
    return "{% load i18n %}" + re.sub(r">(?=<(?!!-->))", ">\n", page) + "\n"


def part(name: str) -> str:
    """A piece that every mail includes. MJML's own include forgets the width of the mail around it."""
    return (SOURCES / "parts" / name).read_text("utf-8")


def write() -> None:
    """Compile every source."""
    for source in SOURCES.glob("*.mjml"):
        (COMPILED / f"{source.stem}.html").write_text(html(source), "utf-8")


def stale() -> list[str]:
    """The templates that are not what their source compiles to: changed, missing, or without a source."""
    wanted = {f"{source.stem}.html": html(source) for source in SOURCES.glob("*.mjml")}
    found = {template.name: template.read_text("utf-8") for template in COMPILED.glob("*.html")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


if __name__ == "__main__":
    write()
