"""The API of one's own registration. The receipt comes as a bearer token, never in a URL."""

from typing import Annotated

import msgspec
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from intake import admission as intake_admission
from intake import api, normal, parsing
from intake.admission import JSON
from intake.api import PATCH
from intake.field_types import limited
from intake.parsing import Form
from privacy import receipts
from privacy.receipts import Receipt
from registration import mailed_links, record, self_service
from web import admission, strict_json

NO_STORE = {"Cache-Control": "no-store"}
CHANNEL = "api"


class ReceiptMissing(Exception):
    """The request carries no receipt."""


def bearer(request: Request) -> Receipt:
    """The receipt that the request carries.

    Raises:
        admission.HttpsRequired: Others could read it, and what it opens.
        ReceiptMissing: There is none.
        self_service.NotKnown: It is malformed: the same answer as for an unknown one.
    """
    admission.require_https(request.META, intake_admission.rules())
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise ReceiptMissing
    try:
        return receipts.parse(text.strip())
    except receipts.ReceiptMalformed:
        raise self_service.NotKnown from None


class MyRegistrationView(APIView):
    """One's own registration."""

    def get(self, request: Request) -> Response:
        return Response(record.shown(self_service.see(receipt=bearer(request))), headers=NO_STORE)

    def patch(self, request: Request) -> Response:
        content_type = PATCH if admission.content_type(request.META) == PATCH else JSON
        body = api.body(request, content_type)
        posted = self_service.change(receipt=bearer(request), body=body, channel=CHANNEL, at=timezone.now())
        return Response(posted.answer(), status=202, headers=NO_STORE)

    def delete(self, request: Request) -> Response:
        api.body(request, None)
        return Response(self_service.erase(receipt=bearer(request), at=timezone.now()).answer(), status=202, headers=NO_STORE)


class ExportView(APIView):
    """One's own registration as a file."""

    def get(self, request: Request) -> Response:
        own = record.shown(self_service.see(receipt=bearer(request)))
        return Response(own, headers={**NO_STORE, "Content-Disposition": 'attachment; filename="registration.json"'})


class LostReceipt(msgspec.Struct, forbid_unknown_fields=True):
    """Where to send new receipts."""

    email: Annotated[str, limited("email", "The mailbox that gets the receipts.", "ada@example.org", format="email")]


class LostReceiptView(APIView):
    """New receipts to a mailbox."""

    def post(self, request: Request) -> Response:
        mailed_links.lost(address=_address(api.body(request)), at=timezone.now())
        return Response({}, status=202, headers=NO_STORE)


def _address(body: bytes) -> str:
    given = strict_json.shaped(parsing.document(body).value, LostReceipt)
    form = Form()
    address = form.take("/email", given.email, normal.email)
    if address is None and not form.faults:
        form.fault("/email", "required")
    form.done()
    return address or ""
