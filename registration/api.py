"""The API of one's own registration. The receipt comes as a bearer token, never in a URL."""

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from intake import api, normal, reading
from intake.api import PATCH
from intake.front import JSON
from intake.reading import Form
from privacy import receipts, strict
from privacy.receipts import Receipt
from registration import mine, record

NO_STORE = {"Cache-Control": "no-store"}
POSTED = {"$ref": "#/components/schemas/Posted"}
OWN = {"$ref": "#/components/schemas/OwnRegistration"}
CHANNEL = "api"


def bearer(request: Request) -> Receipt:
    """The receipt that the request carries.

    Raises:
        mine.NotKnown: There is none, or it is malformed: the same answer as for an unknown one.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise mine.NotKnown
    try:
        return receipts.parse(text.strip())
    except receipts.ReceiptMalformed:
        raise mine.NotKnown from None


class MyRegistrationView(APIView):
    """One's own registration."""

    @extend_schema(operation_id="see", summary="One's own registration", responses={200: OWN, 404: api.PROBLEM})
    def get(self, request: Request) -> Response:
        return Response(record.shown(mine.see(receipt=bearer(request))), headers=NO_STORE)

    @extend_schema(
        operation_id="change",
        summary="Change it by merge patch: lowered choices end at once, raised ones wait for the mailbox",
        request={PATCH: {"$ref": "#/components/schemas/ChangeBody"}, JSON: {"$ref": "#/components/schemas/ChangeBody"}},
        responses={202: POSTED, **dict.fromkeys((400, 404, 413, 415, 422, 429, 503), api.PROBLEM)},
    )
    def patch(self, request: Request) -> Response:
        content_type = PATCH if request.headers.get("Content-Type", "").startswith(PATCH) else JSON
        body = api.body(request, content_type)
        posted = mine.change(receipt=bearer(request), body=body, channel=CHANNEL, at=timezone.now())
        return Response(posted.answer(), status=202, headers=NO_STORE)

    @extend_schema(
        operation_id="erase",
        summary="Erase it: nothing opens it from this answer on; the certificate appears in the submission",
        responses={202: POSTED, **dict.fromkeys((404, 429, 503), api.PROBLEM)},
    )
    def delete(self, request: Request) -> Response:
        api.body(request, None)
        return Response(mine.erase(receipt=bearer(request), at=timezone.now()).answer(), status=202, headers=NO_STORE)


class ExportView(APIView):
    """One's own registration as a file."""

    @extend_schema(
        operation_id="take_along", summary="The same record as a file to take along", responses={200: OWN, 404: api.PROBLEM}
    )
    def get(self, request: Request) -> Response:
        own = record.shown(mine.see(receipt=bearer(request)))
        return Response(own, headers={**NO_STORE, "Content-Disposition": 'attachment; filename="registration.json"'})


class LostReceiptView(APIView):
    """New receipts to a mailbox."""

    @extend_schema(
        operation_id="lost_receipt",
        summary="Mail new receipts to a confirmed mailbox; the answer is the same whether it is known or not",
        request={JSON: {"$ref": "#/components/schemas/LostReceipt"}},
        responses={202: {"type": "object"}, **dict.fromkeys((400, 413, 415, 422, 429, 503), api.PROBLEM)},
    )
    def post(self, request: Request) -> Response:
        mine.lost(address=_address(api.body(request)), at=timezone.now())
        return Response({}, status=202, headers=NO_STORE)


class _Address(msgspec.Struct, forbid_unknown_fields=True):
    email: str


def _address(body: bytes) -> str:
    given = strict.shaped(reading.document(body).value, _Address)
    form = Form()
    address = form.take("/email", given.email, normal.email)
    if address is None and not form.faults:
        form.fault("/email", "required")
    form.done()
    return address or ""
