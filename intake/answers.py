"""What the API of registering answers, as structs. The API's description is made from them, and tests hold the answers to it."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from intake.field_types import NOTICE, RECEIPT, SENDER, TOPIC, Code, Digest, Topic, wording_of
from web.problems import Document
from web.schemas import JWS, JWS_PARTS, about

SUBMITTED = "0123456789abcdef" * 4
DIGEST = about("The submission's digest. It names the submission and opens nothing.", SUBMITTED)
ADDRESS = about("Where to ask for the submission's status.", f"/api/v1/submissions/{SUBMITTED}", format="uri-reference")
NUMBER = about(
    "The registration's number, to read out on the telephone. It opens nothing.",
    "R7K4-2MQX-9",
    pattern="^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$",
)


class NoticeChoice(msgspec.Struct):
    """A choice to offer. Do not tick it in advance."""

    topic: Annotated[Topic, TOPIC]
    sender: Annotated[Code, SENDER]
    sender_name: Annotated[str, about("The sender's name.", "Example")]
    text: Annotated[str, about("The wording to show beside the choice.", "Yes, send me news about updates by e-mail.")]
    wording: Annotated[Digest, wording_of("The digest of `text`. Send it with the decision.")]


class Country(msgspec.Struct):
    """A country to choose."""

    code: Annotated[str, about("The two-letter code (ISO 3166-1).", "DE", pattern="^[A-Z]{2}$")]
    name: Annotated[str, about("The name, in the notice's language.", "Germany")]


class Notice(msgspec.Struct):
    """What to show a person before they decide, in one language."""

    optional: Annotated[Literal[True], about("Always true: nobody has to register.", True, const=True)]  # noqa: FBT003
    language: Annotated[str, about("The language of every text here (BCP 47).", "en")]
    notice: Annotated[str, about("The notice.", "Registration is optional. You can withdraw at any time.")]
    digest: Annotated[Digest, NOTICE]
    privacy_statement: Annotated[
        str, about("Where the privacy statement is.", "https://register.example.org/privacy", format="uri")
    ]
    fields: Annotated[list[str], about("The fields that you may ask for.", ["contact.email", "contact.name", "country"])]
    choices: Annotated[list[NoticeChoice], about("The choices to offer.")]
    countries: Annotated[list[Country], about("The countries to choose from, sorted by name.")]
    languages: Annotated[list[str], about("The languages in which the notice is available.", ["de", "en"])]


class Log(msgspec.Struct):
    """The only two things that a client may write into its log about a registration."""

    country: Annotated[str | None, about("The country code, or null if none was given.", "DE")]
    send_information: Annotated[bool, about("Whether a choice was granted.", True)]  # noqa: FBT003 (an example)


class Accepted(msgspec.Struct):
    """The registration is stored, and will be filed soon."""

    receipt: Annotated[str, RECEIPT]
    number: Annotated[str, NUMBER]
    digest: Annotated[Digest, DIGEST]
    submission: Annotated[str, ADDRESS]
    status: Annotated[Literal["waiting"], about("Always `waiting`: it is filed some moments later.")]
    confirmation: Annotated[
        Literal["mail-after-filing", "none"], about("Whether a mail will ask the person to confirm their choices.")
    ]
    log: Annotated[Log, about("What the client may write into its log.")]


class Submission(msgspec.Struct):
    """What became of a submission. `signature` proves the other fields."""

    digest: Annotated[Digest, DIGEST]
    status: Annotated[
        Literal["accepted", "waiting", "refused"],
        about("`waiting` until it is filed, then `accepted`, or `refused` if nothing was changed."),
    ]
    reason: Annotated[
        str | None,
        about(
            "Why it was refused, or what it waits for; null otherwise. There may be new reasons.",
            None,
            "receipt-used",
            "unknown-product",
            "email-required",
            "not-found",
            "expired",
            "erased",
            "dropped",
        ),
    ]
    signature: Annotated[
        str,
        about("`digest`, `status` and `reason` as a compact JWS (RFC 7515, EdDSA).", JWS, pattern=JWS_PARTS),
    ]
    certificate: Annotated[
        str | UnsetType,
        about("After an erasure: the signed certificate, a compact JWS (RFC 7515, EdDSA).", JWS, pattern=JWS_PARTS),
    ] = UNSET


class Key(msgspec.Struct):
    """A public key (RFC 7517, RFC 8037)."""

    kid: Annotated[str, about("The key's name, as in the header of what it signed.", "acknowledge@1")]
    kty: Annotated[Literal["OKP"], about("The key's type.")]
    crv: Annotated[Literal["Ed25519"], about("The curve.")]
    x: Annotated[
        str,
        about("The public key as base64url.", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", pattern="^[A-Za-z0-9_-]{43}$"),
    ]
    use: Annotated[Literal["sig"], about("What the key is for: signatures.")]
    alg: Annotated[Literal["EdDSA"], about("The algorithm.")]


class KeySet(msgspec.Struct):
    """The public keys that check this service's statements."""

    keys: Annotated[list[Key], about("Every key, old ones included.")]


class Problem(Document):
    """What went wrong (RFC 9457). Nothing that was sent is repeated."""


class Nothing(msgspec.Struct):
    """Nothing: an empty object."""
