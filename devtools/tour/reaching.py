"""Support and marketing: who can open what, and when."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import urlsplit

from devtools.demo.seeding import links
from devtools.tour.walk import OTHER, PERSON, PURPOSE, Walk, until

OK = 200
SUPPORT, MARKETING = "support", "staff:marketing"
REASON, MAILING = "customer-called", "reply-to-mailing"
HEADERS = ("From", "To", "Subject", "Auto-Submitted")
ONE_CLICK = b"List-Unsubscribe=One-Click"


def is_found(walk: Walk) -> None:
    """Support finds the registration, and opens nothing by that."""
    story = walk.story
    story.chapter("The customer calls, and support searches")
    story.tell("A process with the console's keys and logins looks in the index of keyed hashes. It opens nothing.")
    by_email = walk.console.ask("search", text=PERSON["contact"]["email"])
    by_number = walk.console.ask("search", text=walk.answer["number"].lower().replace("-", " "))
    for row in by_email:
        story.show("found", f"{walk.answer['number']}  {row['product']}  {row['month']}")
    story.check("it finds the registration by its e-mail address", [row["id"] for row in by_email] == [walk.id])
    story.check("and by its number, however you type it", [row["id"] for row in by_number] == [walk.id])
    story.check("another address finds nothing", walk.console.ask("search", text="nobody@example.org") == [])
    story.check("nothing was opened: the audit trail is empty", walk.console.ask("trail") == [])


def is_revealed(walk: Walk) -> None:
    """Support opens it for a reason that is written down first."""
    story = walk.story
    story.chapter("Support opens the registration and gives a reason")
    refused = walk.console.ask("reveal", registration=walk.id, actor=SUPPORT, reason="curiosity")
    story.check("without a reason from the list, it stays closed", "refused" in refused)
    seen = walk.console.ask("reveal", registration=walk.id, actor=SUPPORT, reason=REASON)
    for name in ("name", "email", "phone"):
        story.show(name, seen["contact"][name])
    entry = walk.console.ask("trail")[-1]
    story.show("audit", f"{entry['number']}  {entry['actor']}  {entry['purpose']}  {entry['reason']}")
    story.check("support sees what the customer entered", seen["contact"]["email"] == PERSON["contact"]["email"])
    story.check("the audit trail shows who, what and why", (entry["subject"], entry["reason"]) == (walk.id, REASON))
    shut = _look(walk, PURPOSE)
    trail = walk.console.ask("trail")
    story.check("marketing's key does not open anything yet", shut == {})
    story.check(
        "marketing's attempt is in the audit trail too: it is recorded before anything is opened", trail[-1]["actor"] == MARKETING
    )


def _look(walk: Walk, purpose: str, column: str = "contact") -> dict[str, str]:
    found: dict[str, str] = walk.console.ask(
        "look", registration=walk.id, purpose=purpose, column=column, actor=MARKETING, reason=MAILING
    )
    return found


def gets_a_mail(walk: Walk) -> None:
    """The mailbox is asked whether it wants what was chosen."""
    story = walk.story
    story.chapter("An e-mail asks for confirmation")
    path = until(lambda: next(iter(sorted(walk.up.stage.mails.glob("*.eml"))), None), "the mail")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    for name in HEADERS:
        story.show(name, mail[name])
    body = mail.get_body(("plain",))
    story.show("Text", _shortened(body.get_content().strip()) if body else "")
    found = links(path)
    walk.link = found[0] if found else ""
    story.check("it went to the address that the customer entered", mail["To"] == PERSON["contact"]["email"])
    story.check("it has one link, for the one choice", len(found) == 1)
    story.check("its text and HTML parts have the same link", walk.link in _html(mail))


def _shortened(text: str) -> str:
    """The text with its secret links cut."""
    return "\n".join(f"{line[:44]}…" if "/confirm/" in line else line for line in text.splitlines())


def _html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    return str(body.get_content()) if body else ""


def confirms(walk: Walk) -> None:
    """The link is followed, and the choice becomes a key."""
    story = walk.story
    story.chapter("The customer confirms, and marketing gets a key")
    path = urlsplit(walk.link).path
    shown = walk.public.ask("GET", path)
    story.check("opening the link shows a page", shown.status == OK)
    story.check("and changes nothing, because e-mail programs open links too", _look(walk, PURPOSE) == {})
    story.check("the button on the page works", walk.public.form(path).status == OK)
    until(lambda: any(grant["purpose"] == PURPOSE for grant in walk.grants()), "the grant")
    story.show("grants", ", ".join(grant["purpose"] for grant in walk.grants()))
    seen = _look(walk, PURPOSE)
    for name in ("name", "email"):
        story.show(name, seen.get(name))
    story.check(f"the key of {PURPOSE} now opens the contact details", seen.get("email") == PERSON["contact"]["email"])
    story.check("it does not open the purchase details", _look(walk, PURPOSE, "details") == {})
    story.check(f"the key of {OTHER} still does not open anything", _look(walk, OTHER) == {})


def ends_it(walk: Walk) -> None:
    """One click in a mailing, and the key is gone."""
    story = walk.story
    story.chapter("One click stops it")
    story.tell(
        "E-mail programs send this on their own (RFC 8058): no cookie, no sign-in. The grant itself contains the link's secret."
    )
    token = walk.console.ask("unsubscribe", registration=walk.id, purpose=PURPOSE)
    story.show("POST", f"/unsubscribe/{token[:6]}…  {ONE_CLICK.decode()}")
    answer = walk.public.form(f"/unsubscribe/{token}", ONE_CLICK)
    after = [grant["purpose"] for grant in walk.grants()]
    story.check(f"the answer is {answer.status}", answer.status == OK)
    story.check("by then, the grant was gone", PURPOSE not in after)
    story.check("marketing's key does not open anything any more", _look(walk, PURPOSE) == {})
    walk.public.form(urlsplit(walk.link).path)
