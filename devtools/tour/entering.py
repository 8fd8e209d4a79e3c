"""Registering: from the answer to the sealed row."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from devtools.tour.evidence import flat
from devtools.tour.walk import OTHER, PERSON, PURPOSE, Waited, Walk

ACCEPTED, RECEIPT = 202, 43
LETTER = "SELECT * FROM intake_letter WHERE digest = %s"
GRANTED_AT_FIRST = ["custody", "service", "support"]
COLUMNS = ("product_id", "manufacturer_id", "month", "contact", "details")


def registers(walk: Walk) -> None:
    """The form is sent, and its letter is looked at while it waits."""
    story = walk.story
    story.chapter("A customer registers and asks for news about updates")
    asked = urlencode({name: PERSON[name] for name in ("product", "manufacturer", "language")})
    notice = walk.public.ask("GET", f"/api/v1/notice?{asked}").json()
    walk.body = PERSON | {"notice": notice["digest"], "choices": [_chosen(each) for each in notice["choices"]]}
    for name, value in PERSON["contact"].items():
        story.show(name, value)
    story.show("choice", f"{PURPOSE}: yes; {OTHER} and two others: no")
    with clock_stopped(walk):
        answer = walk.public.post("/api/v1/registrations", walk.body)
        story.show("POST", f"/api/v1/registrations → {answer.status}")
        if answer.status != ACCEPTED:
            raise Waited("the registration was not accepted")
        walk.answer = answer.json()
        story.show("number", walk.answer["number"])
        story.show("receipt", f"{walk.answer['receipt'][:6]}… (only the customer has it)")
        story.check("it was accepted, and the customer has a receipt of 43 characters", len(walk.answer["receipt"]) == RECEIPT)
        waits(walk)


def _chosen(offered: dict[str, str]) -> dict[str, str | bool]:
    """The person's decision about one offered choice: yes to one of them only."""
    decided = {name: offered[name] for name in ("topic", "sender", "wording")}
    return {**decided, "granted": f"{offered['topic']}/{offered['sender']}" == PURPOSE}


def waits(walk: Walk) -> None:
    """What the letterbox holds."""
    story = walk.story
    story.chapter("The letter waits, encrypted for the registrar")
    story.tell("The public process has stored one row and has no key that opens it.")
    letter = walk.rows("default", LETTER, walk.receipt.digest)[0]
    story.show("status", letter["status"])
    story.show("sealed", letter["sealed"])
    plain = json.dumps(walk.body, ensure_ascii=False).encode()
    found = walk.values.inside(plain)
    story.check(f"the search works: it finds all {len(found)} values in the form", found == list(walk.values.spellings))
    story.check("it finds none of them in the letter's row", not walk.values.inside(flat(letter)))


@contextmanager
def clock_stopped(walk: Walk) -> Iterator[None]:
    """Let the registrar's clock stand still, so that there is time to look."""
    clock = walk.up.cast.parts["clock"].pid
    os.kill(clock, signal.SIGSTOP)
    time.sleep(0.5)  # for what has rung already
    try:
        yield
    finally:
        os.kill(clock, signal.SIGCONT)


def is_filed(walk: Walk) -> None:
    """The registrar files the letter and blanks it."""
    story = walk.story
    story.chapter("The registrar files it")
    done = walk.submission(walk.answer["digest"])
    story.show("status", done["status"])
    story.show("signature", f"{done['signature'][:48]}…")
    letter = walk.rows("default", LETTER, walk.receipt.digest)[0]
    story.check("the submission says `accepted` and is signed", done["status"] == "accepted" and done["signature"])
    blank = letter["sealed"] is None and letter["arrived_at"] is None
    story.check("the letter is now empty: no encrypted bytes, no time of arrival", blank)


def is_sealed(walk: Walk) -> None:
    """What stands in the stores."""
    story = walk.story
    story.chapter("What the databases contain")
    row = walk.rows("default", "SELECT * FROM registration_registration WHERE id = %s", walk.id)[0]
    for name in COLUMNS:
        story.show(name.removesuffix("_id"), row[name])
    story.check("the row contains none of the values", not walk.values.inside(flat(row)))
    story.check("and no time more precise than the month", row["month"].day == 1)
    purposes = [grant["purpose"] for grant in walk.grants()]
    story.show("grants", ", ".join(purposes))
    story.check("only support, custody and service have a key; marketing has none", purposes == GRANTED_AT_FIRST)
