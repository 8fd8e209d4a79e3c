"""What the fields of the API are: their types, and what they mean wherever they stand in a request or an answer."""

from typing import Annotated, Any

from msgspec import Meta

from catalogue.models import CODE, TOPICS, VENDOR
from intake import normal
from web.schemas import about

DIGEST = "^[0-9a-f]{64}$"

Code = Annotated[str, Meta(pattern=CODE)]
Digest = Annotated[str, Meta(pattern=DIGEST)]
Topic = Annotated[str, Meta(pattern=f"^({'|'.join(TOPICS)})$")]

TOPIC = about("What the mail would be about.", *TOPICS, enum=list(TOPICS))
SENDER = about("Who would send it: `vendor`, or the manufacturer's code.", VENDOR, "acme")
PRODUCT = about("The product's code.", "srv-std")
MANUFACTURER = about("The code of the computer's manufacturer.", "acme")
COUNTRY = about("The country as a two-letter code (ISO 3166-1).", "DE", pattern="^[A-Za-z]{2}$")
LANGUAGE = about("The language for mail (BCP 47).", "de", "pt-BR", pattern=f"^{normal.LANGUAGE.pattern}$")
RECEIPT = about(
    "The secret that opens the registration: 32 random bytes as base64url.",
    "YW4taW52ZW50ZWQtcmVjZWlwdC1mb3ItdGhlLWRvY3M",
    pattern="^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
)
NOTICE = about("The digest of the notice.", "fedcba9876543210" * 4)


def wording_of(text: str) -> Meta:
    """What a digest of a wording is; *text* says which wording."""
    return about(text, "89abcdef01234567" * 4)


def limited(name: str, description: str, *examples: str, **limits: Any) -> Meta:
    """A text whose limit stands in the table of limits."""
    return about(description, *examples, maxLength=normal.LONGEST[name], **limits)
