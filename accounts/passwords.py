"""What a password must be: Django's rules, each with a sentence that says what to write instead, and one against repetition."""

from itertools import pairwise
from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LEAST_JUMPS = 5
NOT_VARIED = _("This password is a repetition or a sequence. Use four unrelated words.")


class NotCommon(password_validation.CommonPasswordValidator):
    """Refuses what stands on Django's list of common passwords."""

    def get_error_message(self) -> str | Promise:  # type: ignore[override]
        return _("This password is on lists that attackers try first. Use four unrelated words.")


class NotNumeric(password_validation.NumericPasswordValidator):
    """Refuses digits alone."""

    def get_error_message(self) -> str | Promise:  # type: ignore[override]
        return _("This password has only digits. Add letters, or use four unrelated words.")


class Varied:
    """Refuses what repeats itself (`aaaa…`, `abcabc…`) or counts on (`abcdef…`, `98765…`)."""

    def validate(self, password: str, _user: Any = None) -> None:
        """Look for characters that neither repeat the one before nor stand next to it in the alphabet.

        What is shorter than a few characters is left to the rule about length.

        Raises:
            ValidationError: There are too few of them, or the whole is one part again and again.
        """
        folded = password.casefold()
        jumps = sum(abs(ord(one) - ord(other)) > 1 for one, other in pairwise(folded))
        if len(folded) > LEAST_JUMPS and (jumps < LEAST_JUMPS or folded in (folded * 2)[1:-1]):
            raise ValidationError(NOT_VARIED, code="password_not_varied")

    def get_help_text(self) -> str | Promise:
        """The rule in one sentence."""
        return NOT_VARIED
