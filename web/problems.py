"""The mechanism of problems (RFC 9457): from what went wrong to what the caller is told. No text repeats what was sent.

Each host has one table of them, made of its own rows; what goes wrong at the edge of every host stands here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from msgspec import UNSET, UnsetType

from web import admission, rate_limit, strict_json
from web.strict_json import Fault

CONTENT_TYPE = "application/problem+json"
UNKNOWN = "internal"
Text = str | Promise

EDGE: Mapping[type[Exception], str] = {
    admission.EncodedBody: "wrong-content-encoding",
    admission.HttpsRequired: "https-required",
    admission.WrongContentType: "wrong-content-type",
    admission.WrongMethod: "method-not-allowed",
    rate_limit.TooOften: "too-often",
    strict_json.InvalidFields: "invalid-fields",
    strict_json.Malformed: "malformed",
    strict_json.TooLarge: "too-large",
    InterfaceError: "try-again",
    InternalError: "try-again",  # what PostgreSQL answers to a write while it is read-only
    OperationalError: "try-again",
}


class Problem(NamedTuple):
    """One kind of problem.

    Args:
        status: The HTTP status.
        title: What it is called.
        detail: What it means, and what the caller can do.
        retry_after: Seconds after which the same may be sent again.
    """

    status: int
    title: Text
    detail: Text
    retry_after: int | None = None


class WrongField(msgspec.Struct, frozen=True):
    """One wrong field: its JSON pointer (RFC 6901), a code, and what would be right."""

    pointer: str
    code: str
    detail: str


class Document(msgspec.Struct):
    """What went wrong. Nothing that was sent is repeated.

    Args:
        type: `/problems/<slug>`, which is also a page.
        title: The kind of problem, in the caller's language.
        status: The HTTP status.
        detail: What it means here.
        errors: The fields that are wrong.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: list[WrongField] | UnsetType = UNSET


@dataclass(frozen=True)
class Table:
    """The problems of one host.

    Args:
        problems: Each kind by its slug.
        slugs: The slug of each exception, besides those of EDGE.
        expected: What is said of a wrong field.
        document: What an answer is encoded from.
    """

    problems: Mapping[str, Problem]
    slugs: Mapping[type[Exception], str]
    expected: Callable[[Fault], Text]
    document: type[Document] = Document

    @cached_property
    def known(self) -> tuple[type[Exception], ...]:
        """What stands for a problem; everything else is our own mistake."""
        return (*EDGE, *self.slugs)

    def slug_of(self, error: Exception) -> str:
        """The problem that an exception stands for."""
        every = {**EDGE, **self.slugs}
        return next((every[kind] for kind in type(error).__mro__ if kind in every), UNKNOWN)

    def answer(self, slug: str, *, language: str, faults: Iterable[Fault] = (), **more: Any) -> HttpResponse:
        """The response for a problem.

        Args:
            slug: Which.
            language: Of its text.
            faults: The fields that are wrong.
            more: Further members of the host's document.
        """
        problem = self.problems[slug]
        with translation.override(language):
            errors = [WrongField(fault.pointer, fault.code, str(self.expected(fault))) for fault in faults]
            written = self.document(
                f"/problems/{slug}", str(problem.title), problem.status, str(problem.detail), errors or UNSET, **more
            )
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        response = HttpResponse(msgspec.json.encode(written), status=problem.status, content_type=CONTENT_TYPE, headers=headers)
        return self.marked(response, slug)

    def refusal(self, error: Exception, *, language: str, slug: str = "", **more: Any) -> HttpResponse:
        """The response for an exception; *slug* where the table alone cannot tell which problem it is."""
        slug = slug or self.slug_of(error)
        response = self.answer(slug, language=language, faults=getattr(error, "faults", ()), **more)
        return self.marked(response, slug, error)

    def marked(self, response: HttpResponse, slug: str, error: Exception | None = None) -> HttpResponse:
        """The same response, a document or a page, with what its header has to say."""
        problem = self.problems[slug]
        response["Cache-Control"] = "no-store"
        if problem.status == HTTPStatus.UNAUTHORIZED:
            response["WWW-Authenticate"] = "Bearer"
        if problem.retry_after:
            response["Retry-After"] = str(problem.retry_after)
        if isinstance(error, admission.WrongMethod):
            response["Allow"] = ", ".join(error.allowed)
        return response
