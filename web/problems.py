"""The mechanism of problems (RFC 9457): from what went wrong to what the caller is told. No text repeats what was sent.

Each host has one table of them, made of its own rows; what goes wrong at the edge of every host stands here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

import msgspec
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from msgspec import UNSET, UnsetType

from web import admission, rate_limit, strict_json
from web.schemas import about
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
    """One wrong field. Its value is never repeated."""

    pointer: Annotated[
        str, about("Where the field is (JSON pointer, RFC 6901). Empty for the whole body.", "/language", format="json-pointer")
    ]
    code: Annotated[str, about("What is wrong with it. There may be new codes.", "invalid", *strict_json.FAULTS)]
    detail: Annotated[str, about("What to send instead.", "Send a language tag such as en or pt-BR.")]


class Document(msgspec.Struct):
    """What went wrong (RFC 9457). Nothing that was sent is repeated."""

    type: Annotated[
        str,
        about(
            "The kind of problem, and the address of a page that explains it.",
            "/problems/try-again",
            format="uri-reference",
            pattern="^/problems/[a-z-]+$",
        ),
    ]
    title: Annotated[str, about("A short name, in the caller's language.", "Try again")]
    status: Annotated[int, about("The HTTP status.", 503, minimum=400, maximum=599)]
    detail: Annotated[str, about("What to do, in the caller's language.", "Send the same again in a moment.")]
    errors: Annotated[list[WrongField] | UnsetType, about("With `invalid-fields`: each wrong field.")] = UNSET


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
