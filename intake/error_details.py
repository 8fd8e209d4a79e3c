"""What the API says of a wrong field: what would be right. The codes and pointers are the contract, these sentences are not."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from intake import fields
from web.strict_json import Fault

INDEX = re.compile(r"/[0-9]+(?=/|\Z)")
CODE = _("Send a code of 2 to 40 lower-case letters, digits or hyphens.")
DIGEST = _("Send the digest from the notice: 64 hexadecimal digits in lower case.")
OBJECT, TEXT = _("Send a JSON object."), _("Send a JSON string.")

EXPECTED: Mapping[str, str | Promise] = {
    "": OBJECT,
    "/product": CODE,
    "/manufacturer": CODE,
    "/country": _("Send a country code of two letters, such as DE."),
    "/language": _("Send a language tag, such as en or pt-BR."),
    "/receipt": _("Send 32 random bytes as base64url, 43 characters long."),
    "/notice": DIGEST,
    "/contact": OBJECT,
    "/details": OBJECT,
    "/choices": _("Send a list of at most 20 choices."),
    "/choices/*": OBJECT,
    "/choices/*/topic": _("Send “updates” or “offers”."),
    "/choices/*/sender": _("Send “vendor” or a manufacturer's code."),
    "/choices/*/granted": _("Send true or false."),
    "/choices/*/wording": DIGEST,
    "/email": fields.FIELDS["email"].invalid,
}


def expected(fault: Fault) -> str | Promise | None:
    """What the field of a fault takes; None where the fault's code says it all."""
    if fault.code not in {fields.INVALID, fields.TOO_LONG, "type"}:
        return None
    place = INDEX.sub("/*", fault.pointer)
    if place in EXPECTED:
        return EXPECTED[place]
    name = fields.NAMES.get(place)
    if name is None:
        return None
    return TEXT if fault.code == "type" else fields.saying(name, fault.code)
