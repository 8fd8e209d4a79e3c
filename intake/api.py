"""The public API of registering: notice, registrations, submissions. Views shape input, call one service, shape output."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue import countries, languages, shelf
from intake import front, submissions
from intake.front import JSON

PATCH = "application/merge-patch+json"
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
PROBLEM = OpenApiResponse({"$ref": "#/components/schemas/Problem"}, description="A problem (RFC 9457).")


def body(request: Request | HttpRequest, content_type: str | None = JSON) -> bytes:
    """The body of a post that its door let in; raises what `front.body` raises."""
    plain: HttpRequest = getattr(request, "_request", request)
    read = front.body(plain.META, content_type)
    plain.spoken = front.spoken(read)  # type: ignore[attr-defined]
    return read


class NoticeView(APIView):
    """What a person is shown before deciding."""

    @extend_schema(
        operation_id="notice",
        summary="The notice, the choices and their wordings, in one language",
        parameters=[
            OpenApiParameter("product", OpenApiTypes.STR, required=True),
            OpenApiParameter("manufacturer", OpenApiTypes.STR),
            OpenApiParameter("language", OpenApiTypes.STR),
        ],
        responses={200: {"$ref": "#/components/schemas/Notice"}, 422: PROBLEM},
    )
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
        shelf.UnknownProduct, shelf.UnknownManufacturer, shelf.NoNotice: There is nothing to show.
    """
    standing = shelf.current()
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


class RegistrationsView(APIView):
    """Where registrations arrive."""

    @extend_schema(
        operation_id="register",
        summary="Register a product; every member but `product` is optional",
        parameters=[OpenApiParameter("Idempotency-Key", OpenApiTypes.STR, OpenApiParameter.HEADER)],
        request={JSON: {"$ref": "#/components/schemas/RegistrationBody"}},
        responses={
            202: {"$ref": "#/components/schemas/Accepted"},
            **dict.fromkeys((400, 403, 413, 415, 422, 429, 503), PROBLEM),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        reply = front.register(body(request), idempotency_key=request.headers.get("Idempotency-Key"), at=timezone.now())
        return HttpResponse(reply.body, status=reply.status, headers=reply.headers)


class SubmissionView(APIView):
    """What became of a submission."""

    @extend_schema(
        operation_id="submission",
        summary="The signed status of a submission",
        responses={200: {"$ref": "#/components/schemas/Submission"}, 404: PROBLEM},
    )
    def get(self, _request: Request, digest: str) -> Response:
        return Response(submissions.status(digest), headers={"Cache-Control": "no-store"})


def schema_document(_request: HttpRequest) -> JsonResponse:
    """OpenAPI 3.1, generated from the views and from the structs that decode the bodies."""
    return JsonResponse(_document())


@cache
def _document() -> dict[str, Any]:
    from drf_spectacular.generators import SchemaGenerator

    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made
