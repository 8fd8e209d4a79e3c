"""The service mails: the same facts in both parts, in both languages, and nothing from elsewhere."""

import html
import re
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from mjml import mjml2html

from registration import post
from registration.post import compile as compiled

SITE = "https://register.example.com"
SPEAKER = {
    "sender_name": "Müller & Example, Inc.",
    "sender_address": "register@example.com",
    "postal_address": "Weg 1\n10115 Berlin",
    "privacy_contact": "privacy@example.com",
    "public_url": SITE,
}
TAIL = "k3Jx0cQmT9wYp1Zr7uVbN2sLd8fGhE4aIoWq5tXyR6M"
KINDS = ("confirm", "welcome", "email_changed", "receipts")
LANGUAGES = ("en", "de")
# Everything a mail client would fetch by itself, in HTML and in CSS.
REMOTE = re.compile(r"src=|srcset=|background=|<link|<img|<script|<iframe|<object|@import|@font-face|url\(", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s\"<>]+")


def choice(path: str, name: str = "Example", text: str = "Yes, Example may send me updates.") -> post.ChoiceText:
    return post.ChoiceText(name, text, f"{SITE}/{path}?a=1&b={TAIL}")


def message(kind: str, language: str = "en", product: str = "Example Server") -> post.Message:
    if kind == "confirm":
        offers = post.ChoiceText("Acme & Söhne", "Yes, Acme may send me offers.")
        updates = post.ChoiceText("Example", "Yes, Example may send me updates.")
        items = (post.Item(product, "R7K4-2MQX-9", (updates, offers)), post.Item(product, "Q2M8-7XKR-4", (updates,)))
        return post.Confirm(language, items, f"{SITE}/confirm/{TAIL}", 2, date(2026, 12, 8), f"{SITE}/my")
    if kind == "welcome":
        return post.Welcome(language, (post.Item(product, "R7K4-2MQX-9", (choice("unsubscribe"),)),))
    if kind == "email_changed":
        return post.EmailChanged(language, product)
    other = post.ReceiptItem("Example Desktop", "Q2M8-7XKR-4", f"{SITE}/my#{TAIL[::-1]}")
    return post.Receipts(language, (post.ReceiptItem(product, "R7K4-2MQX-9", f"{SITE}/my#{TAIL}"), other))


def rendered(message: post.Message, to: str = "ada@example.org", **speaker: str) -> EmailMessage:
    return post.render(message, to=to, speaker=SPEAKER | speaker)


def page(mail: EmailMessage) -> str:
    return content(mail, "html")


def content(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def text(mail: EmailMessage) -> str:
    return content(mail, "plain")


def words(mail: EmailMessage) -> str:
    """What a reader sees of the HTML part, one block a line."""
    body = page(mail)[page(mail).index("<body") :]
    blocks = re.sub(r"</(div|a|h1|strong)>|<br */?>", "\n", re.sub(r"<!--.*?-->|\n", " ", body, flags=re.DOTALL))
    return html.unescape(re.sub(r"<[^>]*>", " ", blocks))


def flat(text: object) -> str:
    return " ".join(str(text).split())


def facts(text: object) -> set[str]:
    """The sentences, addresses and labels of a part."""
    pieces = re.split(r"----|\n\n|(?<=[.?:!])\s|\s(?=https://)", str(text))
    return {flat(piece).removesuffix(":") for piece in pieces} - {""}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same(kind: str, language: str) -> None:
    mail = rendered(message(kind, language))
    hint = re.compile(r"If the button|Wenn die Schaltfläche")
    said, seen = facts(text(mail)), facts(words(mail).replace("\n", "\n\n"))

    assert min(len(said), len(seen)) > 8
    assert [fact for fact in said if fact not in flat(words(mail))] == []
    assert [fact for fact in said if fact not in flat(words(rendered(message(KINDS[KINDS.index(kind) - 1], language))))]
    assert [fact for fact in seen if fact not in flat(text(mail)) and not hint.match(fact)] == []
    assert html.escape(str(mail["Subject"])) in page(mail)
    assert page(mail).count(f'lang="{language}"') == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_sentence_is_translated(kind: str) -> None:
    english, german = rendered(message(kind, "en")), rendered(message(kind, "de"))
    given = re.compile(r"https:|Example|Acme|Yes, |Weg 1|Müller|privacy@|-[0-9]$")

    assert english["Subject"] != german["Subject"]
    assert [fact for fact in facts(text(english)) & facts(text(german)) if not given.search(fact)] == []


def test_a_date_is_written_out_in_the_language() -> None:
    assert "until Dec. 8, 2026." in flat(text(rendered(message("confirm", "en"))))
    assert "bis zum 8. Dezember 2026 " in flat(text(rendered(message("confirm", "de"))))


@pytest.mark.parametrize(
    "asked,spoken", [("de-AT", "de"), ("de", "de"), ("en-GB", "en"), ("fr", "en"), ("", "en"), ("x" * 600, "en")]
)
def test_an_unknown_language_becomes_english(asked: str, spoken: str) -> None:
    assert text(rendered(message("receipts", asked))) == text(rendered(message("receipts", spoken)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_only_addresses_are_the_given_links(kind: str) -> None:
    said = message(kind)
    items = getattr(said, "items", ())
    parts = [said, *items, *(choice for item in items for choice in getattr(item, "choices", ()))]
    links = {getattr(part, name, "") for part in parts for name in ("link", "my_link")} - {""}
    given = links | {f"{SITE}/privacy"}
    mail = rendered(said)

    assert set(ADDRESS.findall(text(mail))) == given
    assert set(ADDRESS.findall(html.unescape(page(mail)))) == given
    assert {html.unescape(link) for link in re.findall(r'href="([^"]*)"', page(mail))} - {"mailto:privacy@example.com"} == given
    assert len(re.findall(r"http(?!-equiv)", page(mail))) == len(ADDRESS.findall(page(mail)))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_fetched_from_anywhere(kind: str) -> None:
    assert REMOTE.findall(page(rendered(message(kind)))) == []


def test_the_detectors_find_what_the_default_compiler_would_fetch() -> None:
    source = "<mjml><mj-body><mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section></mj-body></mjml>"

    assert "fonts.googleapis.com" in "".join(ADDRESS.findall(mjml2html(source)))
    assert REMOTE.findall(mjml2html(source))


@pytest.mark.parametrize("kind", KINDS)
def test_names_and_wordings_are_text_and_never_markup(kind: str) -> None:
    nasty = "<script>alert('x')</script>&"
    said = message(kind, product=nasty)
    if isinstance(said, post.Welcome):
        said = post.Welcome("en", (post.Item(nasty, "R7K4-2MQX-9", (choice("unsubscribe", nasty, nasty),)),))
    mail = rendered(said, sender_name=nasty)

    assert "<script" not in page(mail)
    assert "&lt;script&gt;" in page(mail)
    assert nasty in flat(words(mail))
    assert nasty in flat(text(mail))


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"])
@pytest.mark.parametrize("kind", ["confirm", "welcome", "email_changed"])
def test_a_line_break_in_a_name_forges_no_header(kind: str, line_break: str) -> None:
    forged = f"Server{line_break}Bcc: eve@example.org{line_break}{line_break}Pay here"
    sent = parsed(rendered(message(kind, product=forged), sender_name=forged).as_bytes())

    assert sent["Bcc"] is None
    assert "Server Bcc: eve@example.org Pay here" in sent["Subject"]
    assert sent["From"].addresses[0].display_name == "Server Bcc: eve@example.org Pay here"
    assert [each.addr_spec for each in sent["To"].addresses] == ["ada@example.org"]


@pytest.mark.parametrize(
    "to", ["", "ada", "a@example.org, b@example.org", "a@example.org\nBcc: b@example.org", "Ada <a@example.org>"]
)
def test_only_one_plain_mailbox_is_a_recipient(to: str) -> None:
    with pytest.raises(post.UnusableAddress) as caught:
        rendered(message("confirm"), to=to)

    assert caught.value.args == ()


def test_a_speaker_without_an_address_sends_nothing() -> None:
    with pytest.raises(post.UnusableAddress):
        rendered(message("confirm"), sender_address="nobody")
    with pytest.raises(KeyError):
        post.render(message("confirm"), to="ada@example.org", speaker={})


@pytest.mark.parametrize("kind", KINDS)
def test_no_message_shows_its_links_in_a_traceback(kind: str) -> None:
    assert TAIL in page(rendered(message(kind))) or kind == "email_changed"
    assert TAIL not in repr(message(kind))


def test_headers_tell_a_program_sent_it_and_nothing_about_the_process() -> None:
    mails = [rendered(message("confirm"), sender_address="register@bücher.example") for _ in range(2)]
    first, second = (parsed(mail.as_bytes()) for mail in mails)

    assert first["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[\w-]{24}@xn--bcher-kva\.example>", first["Message-ID"])
    assert first["Message-ID"] != second["Message-ID"]
    assert first["From"].addresses[0].display_name == "Müller & Example, Inc."
    wanted = [
        "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "Content-Language"
    ]  # fmt: skip
    assert sorted(first.keys()) == sorted(wanted)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_lines_are_short_enough_for_every_relay(kind: str, language: str) -> None:
    long = message(kind, language, product="Näme " * 60 + "x" * 1200)

    assert max(map(len, rendered(long).as_bytes().splitlines())) <= 998
    assert max(map(len, text(rendered(message(kind, language))).splitlines())) < 100


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_seven_bits_and_reads_back_as_it_was_written(kind: str, language: str) -> None:
    mail = rendered(message(kind, language, product="Größe " * 20))
    received = parsed(mail.as_bytes())

    assert mail.as_bytes().isascii()
    assert not mail.as_bytes().startswith(b"Subject: \r\n")
    assert b"\r\nSubject:\r\n" not in mail.as_bytes()
    assert flat(received["Subject"]) == flat(mail["Subject"])
    parts = {part.get_content_type(): part.get_content().splitlines() for part in received.iter_parts()}
    assert parts == {"text/plain": text(mail).splitlines(), "text/html": page(mail).splitlines()}


def test_the_compiled_pages_are_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compiled.stale() == []

    monkeypatch.setattr(compiled, "COMPILED", tmp_path)
    assert compiled.stale() == [f"{kind}.html" for kind in sorted(KINDS)]
    compiled.write()
    assert compiled.stale() == []


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, _class=EmailMessage, policy=policy.default)
