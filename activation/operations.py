"""The operations of the API."""

from collections.abc import Sequence
from typing import Any

from activation import admission, api, problems
from web import every_host
from web.operations import Operation

POSTED = (
    "malformed",
    "https-required",
    "too-large",
    "wrong-content-type",
    "wrong-content-encoding",
    "invalid-fields",
    "too-often",
    "try-again",
)
KEYED = (*POSTED, "unknown-key", "mistyped-key")
RULED = (*KEYED, "in-use", "key-blocked", "key-replaced", "phone-only", "wrong-product")
ACTIVATION, KEYS = "Activation", "Keys"
TAGS = {
    ACTIVATION: "Bind a product key to a computer, see its computers, and free one.",
    KEYS: "Check certificates without a network.",
    every_host.TAG: every_host.ABOUT,
}


def _post(path: str, name: str, summary: str, description: str, refuses: Sequence[str], **more: Any) -> Operation:
    return Operation(
        method="post",
        path=path,
        name=name,
        tag=ACTIVATION,
        summary=summary,
        description=description,
        refuses=refuses,
        **more,
    )


OPERATIONS = (
    _post(
        "/api/v1/activations",
        "activate",
        "Activate a computer",
        "Send the product key and the computer's hardware hash. The answer holds a certificate, which the computer checks "
        "without a network. You may ask again at any time: the same computer gets `same`.",
        RULED,
        takes="Activation",
        answer="The computer is activated, or needs no activation.",
        gives="Activated",
    ),
    _post(
        "/api/v1/activations/file",
        "activateByFile",
        "Activate a computer that has no network",
        "Carry the request of `activate` as an `.actreq` file to a computer that has a network, and the answer back as an "
        "`.actcert` file.",
        RULED,
        takes="Activation",
        content_types=(api.ACTREQ, admission.JSON),
        answer="The `.actcert` file.",
        gives="Activated",
        given_as=api.ACTCERT,
        headers=("Content-Disposition",),
    ),
    _post(
        "/api/v1/slots",
        "slots",
        "See the computers of a key",
        "Whoever has the key may ask. Computers are named by the day on which they were activated, and by nothing else.",
        KEYED,
        takes="Holding",
        answer="The key's slots.",
        gives="Slots",
    ),
    _post(
        "/api/v1/releases",
        "release",
        "Free a slot",
        "Whoever has the key may free a slot, a few times a year. Without `slot` the only one in use is freed.",
        (*KEYED, "key-blocked", "key-replaced", "phone-only", "slot-empty", "releases-used-up"),
        takes="Holding",
        answer="The slot is free. The answer shows every slot of the key.",
        gives="Slots",
    ),
    Operation(
        method="get",
        path="/.well-known/regsvc/keyset",
        name="keyset",
        tag=KEYS,
        summary="Get the keys of certificates",
        description="Start with the root keys that your client was built with, follow the root documents from version to "
        "version, and check the keyset with the newest.",
        answer="The root documents and the keyset that they signed.",
        gives="Trust",
        refuses=("try-again",),
    ),
    *every_host.operations(problems.PROBLEMS, missing=("not-found",)),
)
