"""One product key's life: sold, bound to a computer, checked without a network, refused, freed, confirmed by telephone."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET

from activation import certificates, hardware, phone, product_keys, trust
from activation.certificates import CertificateBroken, Installed
from activation.hardware import Hardware
from activation.phone import GroupMistyped, Installation
from activation.product_keys import Key, Mistyped
from devtools.demo.caller import Answer
from devtools.tour.evidence import Values, flat
from devtools.tour.walk import Walk

OK, IN_USE = 200, 409
PRODUCT = "srv-std"
PARTS = {
    "board": "4c4c4544-0042-3510-8031-b4c04f4e3432",
    "disk": "WD-WX12A3456789",
    "network": "00:1a:2b:3c:4d:5e",
    "system": "b08dfa6083e7567a1921a715000001fb",
    "processor": "Example CPU 3000",
    "graphics": "Example Graphics 7",
    "memory": "34",
    "firmware": "Example Firmware",
}
MORE_MEMORY = PARTS | {"memory": "35"}
OTHER = {name: f"another {value}" for name, value in PARTS.items()}
KEY = "SELECT * FROM activation_productkey WHERE locator = %s"
BOUND = """
SELECT binding.* FROM activation_binding AS binding JOIN activation_keyslot AS slot ON slot.id = binding.slot_id
  JOIN activation_productkey AS key ON key.id = slot.key_id WHERE key.locator = %s AND binding.released_on IS NULL
"""
TIMES = "SELECT column_name FROM information_schema.columns WHERE starts_with(table_name, 'activation_') AND data_type ~ 'time'"


def is_sold(walk: Walk) -> None:
    """A key, and what the store knows of it."""
    story, key = walk.story, walk.key
    story.chapter("A product key is sold")
    story.show("product key", key.text)
    row = walk.rows("activation", KEY, key.locator)[0]
    story.show("stored", row["mac"])
    story.check("the database contains a keyed code, not the key itself", not walk.key_values.inside(flat(row)))
    wrong = f"{key.text[:13]}{'7' if key.text[13] != '7' else '8'}{key.text[14:]}"
    story.show("mistyped", f"{wrong} → {_where(wrong)}")
    story.check("one wrong character is found, with its position", _where(wrong).startswith("group"))


def _where(text: str) -> str:
    try:
        product_keys.read(text)
    except Mistyped as error:
        return f"group {error.group}, symbol {error.symbol}"
    return "nothing found"


def activates(walk: Walk) -> None:
    """A computer asks, and gets a certificate."""
    story, key = walk.story, walk.key
    story.chapter("A computer activates")
    story.tell("Only a hash of its parts leaves the computer, keyed with the product key and cut to 36 bits.")
    measured = hardware.measure(key, PARTS)
    story.show("hardware hash", measured.text)
    answer = ask(walk, measured)
    told = answer.json()
    story.show("POST", f"/api/v1/activations → {answer.status} {told.get('outcome')}")
    walk.certificate = told["certificate"]
    row = walk.rows("activation", BOUND, key.locator)[0]
    for name in ("hardware", "product", "bound_on"):
        story.show(name.replace("_", " "), row[name])
    story.check("it takes the key's only slot", (told["outcome"], told["slots"]) == ("new", {"used": 1, "of": 1}))
    story.check("the row contains no part of the computer", not Values(PARTS).inside(flat(row)))
    story.check("no column of the whole database contains a time of day", walk.rows("activation", TIMES) == [])
    again = ask(walk, hardware.measure(key, MORE_MEMORY)).json()
    story.check("with more memory, it is still the same computer", again["outcome"] == "same")


def ask(walk: Walk, measured: Hardware, key: Key | None = None, product: str = PRODUCT) -> Answer:
    """Ask for an activation, as a client does."""
    asked = {
        "product_key": (key or walk.key).text,
        "product": product,
        "hardware_version": hardware.VERSION,
        "hardware": measured.text,
        "language": "en",
        "attempt": str(uuid.uuid4()),
    }
    return walk.activation.post("/api/v1/activations", asked)


def checks_it_alone(walk: Walk) -> None:
    """The client's check needs no network, and sees every change."""
    story, key = walk.story, walk.key
    story.chapter("The computer checks the certificate offline")
    keyset = _keyset(walk)
    here = Installed(hardware.measure(key, MORE_MEMORY), key.locator, PRODUCT, datetime.now(UTC).date())
    claims = certificates.read(walk.certificate, key_of=keyset.key_of, installed=here)
    story.show("certificate", f"{walk.certificate[:64]}… ({len(walk.certificate)} characters)")
    day = certificates.day_of(claims.iat // certificates.DAY)
    story.show("says", f"{claims.pid}, day {day}, {'no end' if claims.exp is UNSET else claims.exp}")
    story.check("it is valid on this computer and never expires", claims.exp is UNSET)
    there = here._replace(hardware=hardware.measure(key, OTHER))
    story.check("it is not valid on another computer", not _holds(walk.certificate, keyset, there))
    changed = list(_changed(walk.certificate))
    held = [each for each in changed if _holds(each, keyset, here)]
    story.check(f"it is not valid if any of {len(changed)} characters is changed", held == [])


def _keyset(walk: Walk) -> trust.Keyset:
    """The keyset that the service hands out, trusted because two of the roots signed it that every client is built with."""
    answer = walk.activation.ask("GET", "/.well-known/regsvc/keyset")
    built_with = (walk.up.stage.folder / "roots" / "root.json").read_bytes()
    return trust.published(answer.body, trusted=trust.pinned(built_with))


def _holds(certificate: str, keyset: trust.Keyset, installed: Installed) -> bool:
    try:
        return bool(certificates.read(certificate, key_of=keyset.key_of, installed=installed))
    except CertificateBroken:
        return False


def _changed(certificate: str) -> Iterator[str]:
    """The certificate with one character changed, at every place."""
    for place, character in enumerate(certificate):
        yield f"{certificate[:place]}{'A' if character != 'A' else 'B'}{certificate[place + 1 :]}"


def is_refused(walk: Walk) -> None:
    """Another computer is refused; the key's holder frees the slot."""
    story = walk.story
    story.chapter("Another computer tries to activate")
    other = hardware.measure(walk.key, OTHER)
    answer = ask(walk, other)
    told = answer.json()
    story.show("POST", f"/api/v1/activations → {answer.status} {told['title']}")
    story.show("from", told["transfer_from"])
    story.show("phone", ", ".join(told["help"]["phone"]))
    story.check("it is refused, and told when to try again and whom to call", answer.status == IN_USE and told["transfer_from"])
    freed = walk.activation.post("/api/v1/releases", {"product_key": walk.key.text})
    story.check("anyone who has the key can free its slot without an account", freed.json()["slots"][0]["bound_on"] is None)
    story.check("then the other computer gets the slot", ask(walk, other).json()["outcome"] == "new")


def telephones(walk: Walk) -> None:
    """A computer without a network: digits are read out both ways."""
    story = walk.story
    story.chapter("A computer without internet access activates by phone")
    key = walk.sold("retail", 1)
    asking = Installation(key.locator, hardware.measure(key, PARTS), 1)
    digits = phone.installation_id(asking)
    story.show("reads out", digits)
    slip = digits[:8] + str((int(digits[8]) + 1) % 10) + digits[9:]
    story.check("one misheard digit: the group is found", _heard(slip) == "group B")
    confirmed = walk.operator.ask("confirmed", installation=digits)
    story.show("is told", confirmed)
    story.check("the answer is valid for this computer", phone.confirms(confirmed, phone.secret_of(key), asking, product=PRODUCT))
    other = asking._replace(hardware=hardware.measure(key, OTHER))
    story.check("and for no other", not phone.confirms(confirmed, phone.secret_of(key), other, product=PRODUCT))


def _heard(digits: str) -> str:
    try:
        phone.read_installation_id(digits)
    except GroupMistyped as error:
        return f"group {error.group}"
    return "nothing found"


def needs_none(walk: Walk) -> None:
    """A volume agreement: nothing is asked, and nothing is kept."""
    story = walk.story
    story.chapter("A volume agreement needs no activation")
    key = walk.sold("volume", 0)
    told: dict[str, Any] = ask(walk, hardware.measure(key, PARTS), key, "srv-ent").json()
    story.show("outcome", told["outcome"])
    kept = walk.rows("activation", BOUND, key.locator)
    story.check("the client is told so, and no computer is stored", (told["outcome"], kept) == ("not-required", []))
