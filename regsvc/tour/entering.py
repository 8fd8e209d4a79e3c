"""Registering: from the answer to the sealed row."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from regsvc.tour.walk import OTHER, PERSON, PURPOSE, Walk

ACCEPTED = 202
LETTER = "SELECT * FROM intake_letter WHERE digest = %s"
GRANTED_AT_FIRST = ["custody", "service", "support"]
COLUMNS = ("product_id", "manufacturer_id", "month", "contact", "details")


def registers(walk: Walk) -> None:
    """The form is sent, and its letter is looked at while it waits."""
    story = walk.story
    story.chapter("Somebody registers, and wants news about updates")
    asked = urlencode({name: PERSON[name] for name in ("product", "manufacturer", "language")})
    notice = walk.public.ask("GET", f"/api/v1/notice?{asked}").json()
    choices = [
        {name: each[name] for name in ("topic", "sender", "wording")}
        | {"granted": f"{each['topic']}/{each['sender']}" == PURPOSE}
        for each in notice["choices"]
    ]
    walk.body = PERSON | {"notice": notice["digest"], "choices": choices}
    for name, value in PERSON["contact"].items():
        story.show(name, value)
    story.show("choice", f"{PURPOSE}: yes; {OTHER} and two more: no")
    with clock_stopped(walk):
        answer = walk.public.post("/api/v1/registrations", walk.body)
        walk.answer = answer.json() if answer.status == ACCEPTED else {}
        story.check(f"POST /api/v1/registrations is answered with {answer.status}, a number and a receipt", walk.answer)
        story.show("number", walk.answer["number"])
        story.show("receipt", f"{walk.answer['receipt'][:6]}… (43 characters; only the person has it)")
        waits(walk)


def waits(walk: Walk) -> None:
    """What the letterbox holds."""
    story = walk.story
    story.chapter("The letter waits, sealed to the registrar")
    story.tell("The public process has stored one row. It holds no key that opens it.")
    letter = walk.rows("default", LETTER, walk.receipt.digest)[0]
    story.show("status", letter["status"])
    story.show("sealed", letter["sealed"])
    plain = json.dumps(walk.body, ensure_ascii=False).encode()
    row = b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in letter.values())
    story.check(
        "the form held every value (so the search finds what is there)",
        len(walk.values.inside(plain)) == len(walk.values.spellings),
    )
    story.check("the letter's row holds none of them", not walk.values.inside(row))


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
    story.check("the submission says `accepted`, and is signed", done["status"] == "accepted" and done["signature"])
    story.check(
        "the letter is blank now: no sealed bytes, no time of arrival", letter["sealed"] is None and letter["arrived_at"] is None
    )


def is_sealed(walk: Walk) -> None:
    """What stands in the stores."""
    story = walk.story
    story.chapter("What the stores hold")
    row = walk.rows("default", "SELECT * FROM registration_registration WHERE id = %s", walk.id)[0]
    for name in COLUMNS:
        story.show(name.removesuffix("_id"), row[name])
    held = b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
    story.check(
        "no value stands in the row, and no time finer than the month", not walk.values.inside(held) and row["month"].day == 1
    )
    purposes = [grant["purpose"] for grant in walk.grants()]
    story.show("grants", ", ".join(purposes))
    story.check("only support, custody and service have a key; marketing has none", purposes == GRANTED_AT_FIRST)
