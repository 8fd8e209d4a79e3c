"""What became of a submission: its letter's status, signed."""

from typing import Any

from django.db import DatabaseError, connections

from intake.letterbox import LetterboxFull
from privacy import statements

DIGEST_BYTES = 32


class UnknownSubmission(Exception):
    """There is no such submission, or it was forgotten."""


def status(digest: str) -> dict[str, Any]:
    """The status of a submission, as the API answers it.

    Raises:
        UnknownSubmission: Nothing is known under this digest.
        LetterboxFull: The store does not answer.
    """
    try:
        raw = bytes.fromhex(digest)
    except ValueError:
        raise UnknownSubmission from None
    if len(raw) != DIGEST_BYTES:
        raise UnknownSubmission
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT status, reason, statement FROM intake_letter WHERE digest = %s", [raw])
            found = cursor.fetchone()
    except DatabaseError as error:
        raise LetterboxFull from error
    if not found:
        raise UnknownSubmission
    state, reason, statement = found
    shown = "waiting" if state == "aside" else state
    claims = {"digest": raw.hex(), "status": shown, "reason": reason}
    answer = claims | {"signature": statements.sign(claims, name="acknowledge")}
    return answer | {"certificate": statement} if statement else answer
