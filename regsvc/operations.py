"""The operations of the public API."""

from catalogue import languages
from catalogue.models import CODE
from intake import answers, api, registering
from intake.field_types import DIGEST
from regsvc import problems
from web import every_host
from web.operations import JSON, Operation, parameter

POSTED = ("https-required", "too-large", "wrong-content-encoding", "too-often", "try-again")
WRITTEN = (*POSTED, "malformed", "wrong-content-type", "invalid-fields")
OWN = ("https-required", "unauthorized", "not-found", "try-again")
RECEIPT = ("receipt",)
REGISTER, MINE, KEYS = "Registering", "My registration", "Keys"
TAGS = {
    REGISTER: "Show the notice, register a product, and see what became of it.",
    MINE: "What you can do with a registration if you have its receipt.",
    KEYS: "Check what this service has signed.",
    every_host.TAG: every_host.ABOUT,
}
LATER = "The answer comes as soon as the change is stored. Ask `submission` what became of it."
IDEMPOTENCY = parameter(
    "Idempotency-Key",
    "header",
    "A random UUID, or 22 to 128 random letters, digits, hyphens and underscores, with or without quotation marks. For 18 to 24 "
    "hours the same key with the same body gets the same answer, including the receipt. After that it gets "
    "`idempotency-expired`, and nothing is stored twice. The key is a secret: make a new one for each registration, and do not "
    "log it.",
    "3f2b8c1e-5d47-4a6f-9c02-7e1b5a9d0f34",
    pattern=f'^"?{registering.IDEMPOTENCY.pattern}"?$',
)
LANGUAGE = parameter(
    "Accept-Language",
    "header",
    "The languages that the caller prefers, if `language` is absent.",
    "de, en;q=0.8",
    maxLength=languages.LONGEST,
)
OPERATIONS = (
    Operation(
        method="get",
        path="/api/v1/notice",
        name="notice",
        tag=REGISTER,
        summary="Get the notice and the choices to show",
        description="Show all of it before the person decides. Do not tick any choice in advance.",
        parameters=(
            parameter("product", "query", "The product's code.", "srv-std", required=True, pattern=CODE),
            parameter(
                "manufacturer", "query", "The code of the computer's manufacturer, to get its choices too.", "acme", pattern=CODE
            ),
            parameter("language", "query", "The language that you want (BCP 47).", "en", maxLength=languages.LONGEST),
            LANGUAGE,
        ),
        answer="The notice, the choices and the countries, in one language.",
        gives="Notice",
        refuses=("unknown-product", "unknown-manufacturer", "try-again"),
    ),
    Operation(
        method="post",
        path="/api/v1/registrations",
        name="register",
        tag=REGISTER,
        summary="Register a product",
        description="Every field but `product` is optional. The answer comes as soon as the registration is stored, sealed; it "
        "is filed some moments later. Keep the receipt: it is the only key to the registration.",
        parameters=(IDEMPOTENCY,),
        takes="RegistrationBody",
        status=202,
        answer="The registration is stored.",
        gives="Accepted",
        headers=("Location", "Retry-After"),
        refuses=(
            *WRITTEN,
            "idempotency-key-invalid",
            "unknown-product",
            "unknown-manufacturer",
            "unknown-wording",
            "email-required",
            "product-key-not-here",
            "receipt-used",
            "idempotency-mismatch",
            "idempotency-expired",
        ),
    ),
    Operation(
        method="get",
        path="/api/v1/submissions/{digest}",
        name="submission",
        tag=REGISTER,
        summary="Ask what became of a submission",
        description="Poll this after you register, change or erase, not before `Retry-After` has passed. The status is signed. "
        "After an erasure the answer holds its certificate.",
        parameters=(parameter("digest", "path", "The submission's digest.", answers.SUBMITTED, required=True, pattern=DIGEST),),
        answer="The signed status.",
        gives="Submission",
        refuses=("not-found", "try-again"),
    ),
    Operation(
        method="get",
        path="/api/v1/my/registration",
        name="see",
        tag=MINE,
        summary="See your registration",
        description="All that is kept, why and until when, and who looked at it. A receipt that is malformed, unknown, not yet "
        "filed or erased gets the same `not-found`.",
        secured=RECEIPT,
        answer="The registration.",
        gives="OwnRegistration",
        refuses=OWN,
    ),
    Operation(
        method="patch",
        path="/api/v1/my/registration",
        name="change",
        tag=MINE,
        summary="Change your registration",
        description="A merge patch (RFC 7396), but `choices` change one by one. A choice that you withdraw ends before the "
        f"answer comes; one that you grant waits until the mailbox confirms it. Any well-formed receipt is taken. {LATER}",
        secured=RECEIPT,
        takes="ChangeBody",
        content_types=(api.PATCH, JSON),
        status=202,
        answer="The change is stored.",
        gives="Posted",
        refuses=(*WRITTEN, "unauthorized", "not-found", "unknown-wording", "product-key-not-here", "too-many-changes"),
    ),
    Operation(
        method="delete",
        path="/api/v1/my/registration",
        name="erase",
        tag=MINE,
        summary="Erase your registration",
        description="Nothing opens the registration once the answer has come. Any well-formed receipt is taken, filed or not. "
        "The submission holds the signed certificate of erasure some moments later.",
        secured=RECEIPT,
        status=202,
        answer="The registration is shut for good.",
        gives="Posted",
        refuses=(*POSTED, "unauthorized", "not-found"),
    ),
    Operation(
        method="get",
        path="/api/v1/my/registration/export",
        name="take_along",
        tag=MINE,
        summary="Download your registration",
        description="The same record as a JSON file.",
        secured=RECEIPT,
        answer="The file.",
        gives="OwnRegistration",
        headers=("Content-Disposition",),
        refuses=OWN,
    ),
    Operation(
        method="post",
        path="/api/v1/my/receipt",
        name="lost_receipt",
        tag=MINE,
        summary="Get new receipts by mail",
        description="Sends a mail with a new receipt for each registration of the mailbox. The answer is the same, and takes as "
        "long, whether the mailbox is known or not.",
        takes="LostReceipt",
        status=202,
        answer="The request is stored. Nothing is said about the mailbox.",
        gives="Nothing",
        refuses=(*WRITTEN, "product-key-not-here"),
    ),
    Operation(
        method="get",
        path="/.well-known/regsvc/statement-keys",
        name="statement_keys",
        tag=KEYS,
        summary="Get the public keys",
        description="A JWK set (RFC 7517) to check submissions and certificates of erasure. The `kid` in a statement's header "
        "names its key. Old keys stay for what they signed.",
        answer="The keys.",
        gives="KeySet",
        given_as=api.JWK_SET,
        refuses=("try-again",),
    ),
    *every_host.operations(problems.PROBLEMS),
)
