"""A description as a page: a list of its operations that needs no script, over which a viewer with all details is put.

The viewer is Redoc, which makes its styles while it runs. Two style elements are allowed by their digests, on this page only: an
empty one, to which it adds rules one by one, and the one of its scroll bars. No other style and no script may stand in the page.
"""

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any, NamedTuple, cast

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
SCROLL_BARS = "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
View = Callable[..., HttpResponse]


class Row(NamedTuple):
    """An operation in the list."""

    method: str
    path: str
    name: str
    summary: str
    description: SafeString
    answers: list[tuple[str, SafeString]]


class Group(NamedTuple):
    """The operations of a tag."""

    name: str
    about: str
    rows: list[Row]


def styled(view: View) -> View:
    """A page on which the viewer may have its styles."""
    return cast("View", csp_update({"style-src": [EMPTY, SCROLL_BARS]})(view))


def shown(request: HttpRequest, document: Mapping[str, Any], *, frame: str) -> HttpResponse:
    """The page; *frame* is the template around it."""
    about = [marked(paragraph) for paragraph in document["info"]["description"].split("\n\n")]
    context = {"frame": frame, "title": document["info"]["title"], "about": about, "groups": groups(document)}
    return render(request, "regsvc/docs.html", context)


def groups(document: Mapping[str, Any]) -> list[Group]:
    """The operations of a document by tag, in the order of its tags."""
    names = [tag["name"] for tag in document["tags"]]
    every = [(method, path, each) for path, methods in document["paths"].items() for method, each in methods.items()]
    every.sort(key=lambda found: names.index(found[2]["tags"][0]))
    abouts = {tag["name"]: tag["description"] for tag in document["tags"]}
    return [
        Group(tag, abouts[tag], [_row(*found) for found in rows])
        for tag, rows in groupby(every, key=lambda each: each[2]["tags"][0])
    ]


def _row(method: str, path: str, each: Mapping[str, Any]) -> Row:
    answers = [(status, marked(said["description"])) for status, said in each["responses"].items()]
    return Row(method.upper(), path, each["operationId"], each["summary"], marked(each["description"]), answers)


def marked(text: str) -> SafeString:
    """A text in which what stands between backticks is code."""
    parts = enumerate(text.split("`"))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if place % 2 else part,) for place, part in parts))
