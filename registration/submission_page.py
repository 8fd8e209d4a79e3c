"""What became of a submission, for people: its state in words, and what the certificate of an erasure says."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from intake import submissions
from intake.pages import page
from privacy import statements

UNKNOWN_REASON = _("Contact us if you need help.")
REASONS: Mapping[str, str | Promise] = {
    "receipt-used": _("This receipt belongs to another registration. Please register again."),
    "unknown-product": _("This product can no longer be registered."),
    "not-found": _("No registration belongs to this receipt."),
    "erased": _("The registration was already erased."),
    "email-required": _("The registration has no e-mail address. Add one first."),
    "expired": _("The link had expired or was already used."),
}


@page
def submission(request: HttpRequest, digest: str) -> HttpResponse:
    """Show the state of a submission. Its digest opens nothing, and the page says nothing about the person.

    Raises:
        submissions.UnknownSubmission: Nothing is known under this digest.
        letterbox.LetterboxFull: The store does not answer.
    """
    found = submissions.status(digest)
    certificate = found.get("certificate")
    context = {
        "status": found["status"],
        "reason": REASONS.get(found["reason"] or "", UNKNOWN_REASON),
        "certificate": certificate,
        "claims": _read(certificate) if certificate else None,
    }
    return render(request, "registration/submission.html", context)


def _read(certificate: str) -> dict[str, Any]:
    """The days that a certificate names."""
    said = statements.claims(certificate)
    return {name: date.fromisoformat(said[name]) for name in ("erased_on", "no_backup_opens_after")}
