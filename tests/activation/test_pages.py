"""The public pages of activation: they say what is kept and what to do, take files of every kind, and repeat nothing."""

import json
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import formats, timezone, translation
from django.utils.html import escape

from activation import advice, certificates, front, keychain, privacy_notice, problems, trust
from activation.certificates import Installed
from activation.models import Binding, DayTally, ProductKey
from tests.activation.conftest import asked, computer
from tests.forms import Page

pytestmark = pytest.mark.urls("regsvc.urls.activation")
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
GERMAN = BROWSER | {"Accept-Language": "de"}
CANARY = "canary7q"
WORDS = {"en": BROWSER, "de": GERMAN}


def upload(client, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    file = SimpleUploadedFile(f"{CANARY}.actreq", content, content_type="application/octet-stream")
    return client.post("/activate", {"file": file}, headers=BROWSER | headers)


def paste(client, text, **headers):
    return client.post("/activate", {"text": text}, headers=BROWSER | headers)


def saved(page):
    """The certificate's file: its name, and what stands in it."""
    link = next(found for tag, found in page.tags if tag == "a" and "download" in found)
    return link["download"], json.loads(unquote(link["href"].removeprefix("data:application/octet-stream,")))


@pytest.mark.parametrize("language", WORDS)
def test_the_privacy_page_has_words_for_everything_that_is_kept(client, language):
    page = Page(client.get("/privacy", headers=WORDS[language]))

    with translation.override(language):
        for line in privacy_notice.LINES:
            assert all(escape(str(text)) in page.html for text in (line.what, line.why, line.until))
    assert page.status == 200


def test_every_problem_has_advice_and_nothing_else_has():
    assert set(advice.ADVICE) == set(problems.PROBLEMS)
    assert set(problems.SLUGS.values()) | set(problems.REASONS.values()) <= set(problems.PROBLEMS)


@pytest.mark.parametrize("slug", problems.PROBLEMS)
@pytest.mark.parametrize("language", WORDS)
def test_every_problem_has_a_page_that_says_what_to_do(client, settings, slug, language):
    settings.PHONE_NUMBERS = ["+49 30 1234567"]
    page = Page(client.get(f"/problems/{slug}", headers=WORDS[language]))

    with translation.override(language):
        assert (page.status, page.heading) == (200, str(advice.on(slug).title))
        assert re.search(f"[“„]{slug}[”“]", page.html)
        assert escape(str(advice.ADVICE[slug].text).split(".", maxsplit=1)[0]) in page.html
    assert ('href="tel:+49301234567"' in page.html) is advice.ADVICE[slug].call


def test_the_page_about_a_key_in_use_explains_the_day(client):
    assert "a computer has had a key for 120 days" in Page(client.get("/problems/in-use", headers=BROWSER)).html
    assert "120 Tage" in Page(client.get("/problems/in-use", headers=GERMAN)).html


def test_an_uploaded_file_becomes_a_certificate_that_holds(counter, client):
    key = counter.key()
    page = Page(upload(client, asked(key)))
    signer = keychain.signer()
    entry = trust.CertificateKey(signer.kid, trust.public(signer.private), 0)
    installed = Installed(computer(1), key.locator, "srv-std", counter.today)

    name, answer = saved(page)
    assert (page.status, page.heading) == (200, "Your certificate is ready")
    assert name == f"srv-std-{timezone.now().date().isoformat()}.actcert"
    claims = certificates.read(answer["certificate"], key_of=trust.Keyset(1, (entry,)).key_of, installed=installed)
    assert claims.via == "file"


def test_the_page_after_the_certificate_says_what_to_do_next(counter, client):
    page = upload(client, asked(counter.key())).content.decode()
    german = upload(client, asked(counter.key()), **GERMAN).content.decode()

    assert "Open it there with your product" in page
    assert "Öffnen Sie sie dort mit Ihrem Produkt" in german


def test_a_program_that_sends_the_form_gets_the_file_itself(counter, client):
    answer = client.post("/activate", {"text": json.dumps(asked(counter.key()))})

    assert answer["Content-Type"] == "application/vnd.regsvc.actcert+json"
    assert answer["Content-Disposition"] == f'attachment; filename="srv-std-{timezone.now().date().isoformat()}.actcert"'


def test_pasted_text_is_as_good_as_the_file(counter, client):
    text = json.dumps(asked(counter.key()), indent=2).replace("\n", "\r\n")

    assert saved(Page(paste(client, text)))[1]["outcome"] == "new"
    assert saved(Page(upload(client, text.encode())))[1]["outcome"] == "same"


@pytest.mark.parametrize("text", ["", "canary7q", json.dumps(asked("XXXXX-XXXXX-XXXXX-XXXXX-XXXXX"))])
def test_the_box_for_the_text_stays_open_after_a_mistake(counter, client, text):
    def box(response):
        return next(found for tag, found in Page(response).tags if tag == "details")

    assert "open" in box(paste(client, text))
    assert "open" not in box(upload(client, text.encode()))
    assert "open" not in box(client.get("/activate", headers=BROWSER))


API_WORDS = re.compile(r"JSON|UTF-8|KiB|/api/|Content-Type|HTTPS|[Mm]ember|[Mm]ethod|[Ff]ield|Feld|Methode|header|Header")


@pytest.mark.parametrize("slug", problems.PROBLEMS)
@pytest.mark.parametrize("language", WORDS)
def test_a_person_who_made_a_mistake_reads_no_words_of_programs(slug, language):
    told = advice.on(slug)

    with translation.override(language):
        said = " ".join(str(text) for text in (told.title, told.sentence, told.advice.text))
    assert not API_WORDS.search(said)


def test_a_volume_key_needs_no_file(counter, client):
    page = Page(upload(client, asked(counter.key("volume"))))

    assert (page.status, page.heading) == (200, "No activation needed")
    assert not Binding.objects.using("activation").exists()


def test_a_key_in_use_is_told_with_day_and_telephone(counter, client, settings):
    settings.PHONE_NUMBERS = ["+49 30 1234567"]
    key = counter.key()
    upload(client, asked(key))
    bound = Binding.objects.using("activation").get().bound_on
    answer = upload(client, asked(key, 2))
    with translation.override("en"):
        day = formats.date_format(bound + timedelta(days=120))

    page = Page(answer)
    assert (page.status, page.heading) == (409, "Activate with a file")
    assert f"From {day}, the key can move" in page.html
    assert "+49 30 1234567" in page.html
    assert "Schlüssel in Gebrauch" in upload(client, asked(key, 3), **GERMAN).content.decode()


def test_a_key_that_never_moves_names_no_day(counter, client):
    key = counter.key("fixed")
    upload(client, asked(key))

    assert "only by phone" in upload(client, asked(key, 2)).content.decode()


GOOD = asked("XXXXX-XXXXX-XXXXX-XXXXX-XXXXX")
HOSTILE = {
    "nothing": (b"", 400),
    "no JSON": (b"canary7q", 400),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 400),
    "UTF-16": (json.dumps(GOOD).encode("utf-16"), 400),
    "deep": (b"[" * 8_000, 400),
    "a list": (b'["canary7q"]', 422),
    "unknown member": (json.dumps(GOOD | {"canary7q": CANARY}).encode(), 422),
    "twice": (b'{"product": "canary7q", "product": "canary7q"}', 422),
    "markup": (json.dumps(GOOD | {"product_key": "<script>canary7q</script>"}).encode(), 422),
    "surrogate": (b'{"product_key": "\\ud800canary7q", "product": "a1", "hardware_version": 1, "hardware": "0"}', 422),
    "huge number": (b'{"hardware_version": ' + b"9" * 5_000 + b"}", 400),
    "16 KiB and one": (b" " * (16 * 1024 + 1), 413),
    "70 kB": (b" " * 70_000, 413),
    "3 MB": (b" " * 3_000_000, 413),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_ordinary_input(counter, client, name):
    content, status = HOSTILE[name]
    for answer in (upload(client, content), paste(client, content.decode(errors="replace"))):
        page = Page(answer)

        assert page.status == status
        assert CANARY not in (page.html + str(answer.headers)).lower()
        assert page.heading
    assert not DayTally.objects.using("activation").exists()


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"canary7q", "multipart/form-data; boundary=x", 400),
        (b"canary7q", "multipart/form-data", 400),
        (b"file=canary7q", "application/x-www-form-urlencoded; charset=utf-16", 400),
        (b"&".join([b"canary7q=1"] * 1_500), "application/x-www-form-urlencoded", 400),
        (b"canary7q", "text/plain", 415),
        (b"{}", "application/json", 415),
    ],
)
def test_hostile_forms_are_ordinary_input(client, content, kind, status):
    for address in ("/activate", "/slots"):
        answer = client.post(address, content, content_type=kind, headers=BROWSER)

        assert answer.status_code in {status, 422}
        assert CANARY not in answer.content.decode()


def test_a_program_gets_a_document_and_a_browser_a_page(counter, client):
    answer = client.post("/activate", {"text": "{"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed")

    page = Page(client.get("/nowhere", headers=GERMAN))
    assert (page.status, page.heading) == (404, "Nicht gefunden")
    assert client.get("/api/v1/nowhere", headers=BROWSER)["Content-Type"] == "application/problem+json"
    put = client.put("/activate", headers=BROWSER)
    assert (put.status_code, put["Allow"], Page(put).heading) == (405, "GET, HEAD, POST", "Not possible here")


def test_our_own_mistake_is_a_page_that_says_nothing_of_it(counter, client, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr(front, "activate", broken)
    client.raise_request_exception = False
    page = Page(upload(client, asked(counter.key())))

    assert (page.status, page.heading) == (500, "Something went wrong")
    assert CANARY not in page.html


def test_only_a_chosen_language_leaves_a_cookie(counter, client):
    for address in ("/activate", "/slots", "/privacy", "/problems/in-use", "/nowhere"):
        answer = client.get(address, headers=GERMAN)
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
    assert not upload(client, asked(counter.key())).cookies

    chosen = client.get("/activate?language=de", headers=BROWSER)
    assert set(chosen.cookies) == {"regsvc_language"}
    assert chosen.cookies["regsvc_language"]["httponly"]
    assert Page(client.get("/slots", headers=BROWSER)).heading == "Meine Computer"
    assert not client.get(f"/activate?language={CANARY}", headers=BROWSER).cookies


def test_the_front_door_leads_to_activating(client):
    assert client.get("/").url == "/activate"


def test_a_blocked_key_is_told_whom_to_call(counter, client, settings):
    settings.PHONE_NUMBERS = ["+49 30 1234567"]
    key = counter.key()
    ProductKey.objects.using("activation").update(state="blocked")
    page = Page(upload(client, asked(key)))

    assert (page.status, key.text in page.html) == (403, False)
    assert "+49 30 1234567" in page.html
