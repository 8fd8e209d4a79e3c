"""The own record, erasing, and what is left."""

import base64
import json
from collections import Counter
from typing import Any

from devtools.embedded.access import URL_NAMES
from devtools.tour import evidence
from devtools.tour.walk import PURPOSE, Walk, until

OK, ACCEPTED, NOT_FOUND = 200, 202, 404
MIB = 1024 * 1024
TOPICS, SENDERS = ("updates", "offers"), ("vendor", "acme", "globex")
MARKETING = [f"{topic}/{sender}" for topic in TOPICS for sender in SENDERS]
UNKNOWN = "A" * 43


def sees(walk: Walk) -> None:
    """The person's own record."""
    story = walk.story
    story.chapter("The customer looks at their registration")

    def withdrawn() -> dict[str, Any] | None:
        own: dict[str, Any] = walk.own().json()
        return own if _state(own) == "withdrawn" and own["pending_changes"] == 0 else None

    own = until(withdrawn, "the withdrawal to be recorded")
    story.show("number", own["number"])
    story.show("contact", f"{own['contact']['name']}, {own['contact']['email']}")
    story.show("choice", f"{PURPOSE}: {_state(own)}")
    for look, count in Counter(f"{look['day']}  {look['role']}  {look['reason']}" for look in own["looks"]).items():
        story.show("look", f"{look}  × {count}")
    entered = [walk.body[name] for name in ("contact", "details")]
    story.check("it shows everything the customer entered", [own["contact"], own["details"]] == entered)
    story.check("the choice stays withdrawn, even though the old link was used again", _state(own) == "withdrawn")
    looks = [(look["role"], look["reason"]) for look in own["looks"]]
    story.check("it shows that support looked at it", ("support", "customer-called") in looks)
    other = walk.public.ask("GET", "/api/v1/my/registration", headers={"Authorization": f"Bearer {UNKNOWN}"})
    story.check("another receipt opens nothing", other.status == NOT_FOUND)


def _state(own: dict[str, Any]) -> str:
    return next(f"{each['state']}" for each in own["choices"] if f"{each['topic']}/{each['sender']}" == PURPOSE)


def erases(walk: Walk) -> None:
    """Everything is erased; a copy of the row that an intruder kept stays shut."""
    story = walk.story
    story.chapter("The customer erases everything")
    kept = walk.rows("default", "SELECT contact FROM registration_registration WHERE id = %s", walk.id)[0]["contact"]
    story.tell(
        "Just before that, an intruder copies the encrypted row. The registrar, which has every key, tries them all on the copy."
    )
    before = _opening(walk, kept)
    story.show("opens with", ", ".join(before))
    story.check("before: support's key and the registrar's own key open it", {"support", "custody"} <= set(before))
    answer = walk.public.ask("DELETE", "/api/v1/my/registration", headers=walk.bearer())
    after = _opening(walk, kept)
    story.show("DELETE", f"/api/v1/my/registration → {answer.status}")
    story.show("opens with", ", ".join(after) or "nothing")
    story.check("after the answer, no key opens the copy any more", answer.status == ACCEPTED and after == [])
    story.check("the keystore has no grants left", walk.grants() == [])
    _certificate(walk, answer.json()["digest"])
    unknown = walk.public.ask("GET", "/api/v1/my/registration", headers={"Authorization": f"Bearer {UNKNOWN}"})
    own = walk.own()
    same = own.body == unknown.body
    story.check("the receipt gets the same answer as one that never existed", own.status == NOT_FOUND and same)


def _opening(walk: Walk, contact: bytes) -> list[str]:
    everyone = ["support", "custody", "service", *MARKETING]
    found: list[str] = walk.registrar.ask("opening", registration=walk.id, contact=contact.hex(), purposes=everyone)
    return found


def _certificate(walk: Walk, digest: str) -> None:
    """The signed statement that it was erased."""
    story = walk.story
    statement = walk.submission(digest)["certificate"]
    claims = walk.registrar.ask("certificate", statement=statement)
    for name, value in claims.items():
        story.show(name.replace("_", " ").replace("no backup opens after", "shut after"), value)
    head, _, signature = statement.split(".")
    other = json.dumps(claims | {"erased_on": "2001-01-01"}).encode()
    forged = f"{head}.{base64.urlsafe_b64encode(other).decode().rstrip('=')}.{signature}"
    story.check("the certificate's signature is valid", claims.get("statement") == "erased")
    story.check("with another date it is not", walk.registrar.ask("certificate", statement=forged) == {})


def is_gone(walk: Walk) -> None:
    """What remains, in every file."""
    story, stage = walk.story, walk.up.stage
    story.chapter("What remains")
    left = walk.rows("default", "SELECT id FROM registration_registration WHERE id = %s", walk.id)
    story.check("the registration has no row", left == [])
    story.check(
        "support finds nothing under the e-mail address", walk.console.ask("search", text=walk.body["contact"]["email"]) == []
    )
    values = walk.values
    files, size, found = values.inside_files(evidence.files(stage.servers, stage.logs))
    key_found = walk.key_values.inside_files(evidence.files(stage.servers, stage.logs))[2]
    story.show(
        "searched",
        f"{files} files, {size / MIB:.0f} MiB: {len(URL_NAMES)} stores with their write-ahead logs, the broker, all logs",
    )
    story.check("none of them ever contained a value of this customer", not found)
    story.check("or the product key", not key_found)
    mails = values.inside_files(stage.mails.glob("*.eml"))[2]
    story.check("the search works: it finds the address in the e-mail that was sent", "email" in mails)
    entries, faults = walk.console.ask("verified")
    story.check(f"the audit trail is intact: {entries} entries, {faults} faults", entries and not faults)
