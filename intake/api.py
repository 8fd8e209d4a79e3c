"""The public API of registering: notice, registrations, submissions. Views shape input, call one service, shape output."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue import countries, languages, snapshot
from intake import admission, letterbox, registering, submissions
from intake.admission import JSON
from intake.letterbox import Store
from privacy import statements

JWK_SET = "application/jwk-set+json"
PATCH = "application/merge-patch+json"
ENCODE = msgspec.json.Encoder().encode
FIELDS = (
    "contact.email",
    "contact.name",
    "contact.company",
    "contact.phone",
    "contact.address",
    "details.purchased_on",
    "details.purchased_from",
    "details.serial",
    "country",
    "language",
)


def body(request: Request | HttpRequest, content_type: str | None = JSON) -> bytes:
    """The body of a post that was let in; raises what `admission.body` raises."""
    plain: HttpRequest = getattr(request, "_request", request)
    read = admission.body(plain.META, content_type)
    plain.spoken = admission.spoken(read)  # type: ignore[attr-defined]
    return read


class NoticeView(APIView):
    """What a person is shown before deciding."""

    def get(self, request: Request) -> Response:
        asked = request.query_params
        found = shown(
            product=asked.get("product", ""),
            manufacturer=asked.get("manufacturer") or None,
            language=asked.get("language"),
            accept=request.headers.get("Accept-Language"),
        )
        return Response(found, headers={"Content-Language": found["language"]})


def shown(*, product: str, manufacturer: str | None, language: str | None, accept: str | None) -> dict[str, Any]:
    """The notice as the API answers it.

    Raises:
        snapshot.UnknownProduct, snapshot.UnknownManufacturer, snapshot.NoNotice: There is nothing to show.
    """
    standing = snapshot.current()
    offered = standing.languages(product)
    chosen = languages.negotiate(language, accept, offered)
    notice = standing.notice(product, chosen)
    return {
        "optional": True,
        "language": notice.language,
        "notice": notice.text,
        "digest": notice.digest,
        "privacy_statement": f"{settings.PUBLIC_URL}/privacy",
        "fields": list(FIELDS),
        "choices": [
            {
                "topic": choice.topic,
                "sender": choice.sender,
                "sender_name": choice.sender_name,
                "text": choice.text,
                "wording": choice.wording,
            }
            for choice in standing.choices(product, manufacturer, chosen)
        ],
        "countries": [{"code": code, "name": name} for code, name in countries.names(chosen)],
        "languages": list(offered),
    }


class Reply(NamedTuple):
    """A good answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def register(read: bytes, *, idempotency_key: str | None, at: datetime, store: Store = letterbox.store_one) -> Reply:
    """Take a registration in, whoever serves the address; raises what `registering.register` raises."""
    accepted = registering.register(
        read,
        idempotency_key=_unquoted(idempotency_key),
        channel=registering.API,
        without_mailbox=settings.CONFIRM_WITHOUT,
        at=at,
        store=store,
    )
    answer = accepted.answer()
    headers = {
        "Content-Type": JSON,
        "Location": answer["submission"],
        "Retry-After": str(min(settings.BATCH_WAIT, 3600)),
        "Cache-Control": "no-store",
    }
    return Reply(202, headers, ENCODE(answer))


def _unquoted(idempotency_key: str | None) -> str | None:
    """The key, which may come as a structured header's string (RFC 8941, 3.3.3): in quotation marks."""
    if idempotency_key and len(idempotency_key) > 1 and idempotency_key[0] == idempotency_key[-1] == '"':
        return idempotency_key[1:-1]
    return idempotency_key


class RegistrationsView(APIView):
    """Where registrations arrive."""

    def post(self, request: Request) -> HttpResponse:
        reply = register(body(request), idempotency_key=request.headers.get("Idempotency-Key"), at=timezone.now())
        return HttpResponse(reply.body, status=reply.status, headers=reply.headers)


class SubmissionView(APIView):
    """What became of a submission."""

    def get(self, _request: Request, digest: str) -> Response:
        return Response(submissions.status(digest), headers={"Cache-Control": "no-store"})


def statement_keys(_request: HttpRequest) -> JsonResponse:
    """The public keys of what this service signs about submissions and erasures."""
    return JsonResponse(statements.published(), content_type=JWK_SET, headers={"Cache-Control": "max-age=3600"})
