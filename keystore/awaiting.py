"""Registrations that wait for a key: a choice would stand at once, and nobody has made its purpose's key yet."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from django.db import connections

from keystore import grants
from keystore.filing import Filing

REMEMBER = timedelta(days=30)  # as long as `lower` and `erase` remember a receipt that is not filed
ERASED = "*"


def keys(filings: Sequence[Filing], *, day: date) -> dict[uuid.UUID, str]:
    """The key that is missing, for those that cannot be filed yet.

    What was lowered or erased meanwhile needs no key; and it is remembered as long as the letter waits.
    """
    lacking = grants.lacking({purpose for each in filings for purpose in each.at_once})
    asked = [each for each in filings if each.at_once & lacking]
    if not asked:
        return {}
    refused = _refused([each.token_hash for each in asked], until=day + REMEMBER)
    found = {}
    for each in asked:
        no = refused.get(each.token_hash, frozenset())
        missing = sorted(each.at_once & lacking - each.lowered(no))
        if missing and ERASED not in no:
            found[each.registration] = missing[0]
    return found


def _refused(hashes: Collection[bytes], *, until: date) -> dict[bytes, frozenset[str]]:
    """What these receipts lowered before they were filed."""
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            """
            UPDATE keystore_token SET expires = CASE WHEN registration_id IS NULL THEN %s ELSE expires END
             WHERE hash = ANY (%s) AND kind = 'receipt' RETURNING hash, refused
            """,
            [until, list(hashes)],
        )
        return {bytes(token_hash): frozenset(purposes) for token_hash, purposes in cursor.fetchall()}
