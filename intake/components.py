"""The schemas of OpenAPI: requests from the structs that decode them, answers written out."""

from typing import Any

import msgspec

from intake.shapes import ChangeBody, RegistrationBody

TEXT = {"type": "string"}
CODE_OR_NULL = {"type": ["string", "null"]}
CHOICE = {
    "type": "object",
    "properties": {"topic": TEXT, "sender": TEXT, "sender_name": TEXT, "text": TEXT, "wording": TEXT},
    "required": ["topic", "sender", "sender_name", "text", "wording"],
}
ANSWERS: dict[str, Any] = {
    "Problem": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"pointer": TEXT, "code": TEXT, "detail": TEXT},
                    "required": ["pointer", "code", "detail"],
                },
            },
        },
        "required": ["type", "title", "status", "detail"],
    },
    "Notice": {
        "type": "object",
        "properties": {
            "optional": {"type": "boolean"},
            "language": TEXT,
            "notice": TEXT,
            "digest": TEXT,
            "privacy_statement": {"type": "string", "format": "uri"},
            "fields": {"type": "array", "items": TEXT},
            "choices": {"type": "array", "items": CHOICE},
            "countries": {
                "type": "array",
                "items": {"type": "object", "properties": {"code": TEXT, "name": TEXT}, "required": ["code", "name"]},
            },
            "languages": {"type": "array", "items": TEXT},
        },
        "required": [
            "optional",
            "language",
            "notice",
            "digest",
            "privacy_statement",
            "fields",
            "choices",
            "countries",
            "languages",
        ],
    },
    "Accepted": {
        "type": "object",
        "properties": {
            "receipt": TEXT,
            "number": TEXT,
            "digest": TEXT,
            "submission": TEXT,
            "status": TEXT,
            "confirmation": {"enum": ["mail-after-filing", "none"]},
            "log": {
                "type": "object",
                "properties": {"country": CODE_OR_NULL, "send_information": {"type": "boolean"}},
                "required": ["country", "send_information"],
            },
        },
        "required": ["receipt", "number", "digest", "submission", "status", "confirmation", "log"],
    },
    "Submission": {
        "type": "object",
        "properties": {
            "digest": TEXT,
            "status": {"enum": ["waiting", "accepted", "refused"]},
            "reason": CODE_OR_NULL,
            "signature": TEXT,
            "certificate": TEXT,
        },
        "required": ["digest", "status", "reason", "signature"],
    },
    "Posted": {"type": "object", "properties": {"digest": TEXT, "submission": TEXT}, "required": ["digest", "submission"]},
    "LostReceipt": {
        "type": "object",
        "properties": {"email": {"type": "string", "format": "email"}},
        "required": ["email"],
        "additionalProperties": False,
    },
    "Nothing": {"type": "object", "additionalProperties": False},
    "KeySet": {
        "type": "object",
        "properties": {
            "keys": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": dict.fromkeys(("kty", "crv", "x", "kid", "use", "alg"), TEXT),
                    "required": ["kty", "crv", "x", "kid"],
                },
            }
        },
        "required": ["keys"],
    },
    "OwnRegistration": {
        "type": "object",
        "properties": {
            "number": TEXT,
            "product": TEXT,
            "manufacturer": CODE_OR_NULL,
            "month": TEXT,
            "country": CODE_OR_NULL,
            "language": CODE_OR_NULL,
            "pending_changes": {"type": "integer"},
            "contact": {"type": "object"},
            "details": {"type": "object"},
            "choices": {"type": "array", "items": {"type": "object"}},
            "held": {"type": "array", "items": {"type": "object"}},
            "looks": {"type": "array", "items": {"type": "object"}},
            "exports": {"type": "array", "items": {"type": "object"}},
        },
        "required": [
            "number",
            "product",
            "manufacturer",
            "month",
            "pending_changes",
            "contact",
            "details",
            "choices",
            "held",
            "looks",
            "exports",
        ],
    },
}


def schemas() -> dict[str, Any]:
    """Every component by name."""
    requests = msgspec.json.schema_components([RegistrationBody, ChangeBody], ref_template="#/components/schemas/{name}")[1]
    return requests | ANSWERS
