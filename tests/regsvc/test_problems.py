"""Problems: each has a status, a page's address and words in both languages; our own mistakes say nothing."""

import json

import pytest
from django.utils import translation

from intake import registering
from intake.error_details import GENERAL, SENTENCES, sentence
from regsvc import problems
from regsvc.problems import PROBLEMS, SLUGS

REGISTRATIONS = "/api/v1/registrations"
STATUS = {
    "malformed": 400,
    "idempotency-key-invalid": 400,
    "unauthorized": 401,
    "https-required": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "too-large": 413,
    "wrong-content-type": 415,
    "invalid-fields": 422,
    "unknown-product": 422,
    "unknown-manufacturer": 422,
    "unknown-wording": 422,
    "email-required": 422,
    "product-key-not-here": 422,
    "receipt-used": 422,
    "idempotency-mismatch": 422,
    "idempotency-expired": 422,
    "wrong-content-encoding": 415,
    "too-often": 429,
    "too-many-changes": 429,
    "internal": 500,
    "try-again": 503,
}


def post(client, content: object, **headers: str):
    return client.post(REGISTRATIONS, json.dumps(content), content_type="application/json", headers=headers)


def test_slugs_and_statuses_are_a_promise():
    assert STATUS.items() <= {slug: problem.status for slug, problem in PROBLEMS.items()}.items()


def test_every_error_of_the_table_is_a_problem():
    assert set(SLUGS.values()) <= set(PROBLEMS)


@pytest.mark.parametrize("slug", PROBLEMS)
def test_every_problem_speaks_both_languages(slug):
    said = []
    for language in ("en", "de"):
        body = json.loads(problems.TABLE.answer(slug, language=language).content)
        assert body["type"] == f"/problems/{slug}"
        said.append((body["title"], body["detail"]))

    assert all(english != german for english, german in zip(*said, strict=True))


@pytest.mark.parametrize(
    ("pointer", "code"),
    [*(("", code) for code in GENERAL), *((place, code) for place, own in SENTENCES.items() for code in own)],
)
def test_every_fault_speaks_both_languages(pointer, code):
    said = set()
    for language in ("en", "de"):
        with translation.override(language):
            said.add(sentence(pointer, code or "type"))

    assert len(said) == 2


@pytest.mark.parametrize(
    ("accept", "body", "spoken"),
    [
        (None, None, "en"),
        ("de", None, "de"),
        ("de-AT, en;q=0.3", None, "de"),
        ("fr, en;q=0.2", None, "en"),
        ("fr", None, "en"),
        ("en", "de", "de"),
        ("de", "en", "en"),
        ("de", "fr", "de"),
        ("de", "DE-ch", "de"),
    ],
)
def test_a_problem_comes_in_the_callers_language(life, client, accept, body, spoken):
    sent = {"product": "unknown"} | ({"language": body} if body else {})
    answer = post(client, sent, **({"Accept-Language": accept} if accept else {}))

    with translation.override(spoken):
        assert answer.json()["title"] == str(PROBLEMS["unknown-product"].title)
    assert answer["Content-Language"] == spoken
    assert "Accept-Language" in answer["Vary"]


def test_faults_come_in_the_callers_language_too(life, client):
    german = post(client, {"product": "srv-std", "country": "ZZ"}, **{"Accept-Language": "de"}).json()
    english = post(client, {"product": "srv-std", "country": "ZZ"}).json()

    assert german["errors"][0]["code"] == english["errors"][0]["code"] == "invalid"
    assert german["errors"][0]["detail"] != english["errors"][0]["detail"]


@pytest.mark.parametrize(("slug", "seconds"), [("too-often", "60"), ("try-again", "5"), ("too-many-changes", "86400")])
def test_who_should_come_again_is_told_when(slug, seconds):
    assert problems.TABLE.answer(slug, language="en")["Retry-After"] == seconds


@pytest.mark.parametrize("path", ["/api/v1/canary7q", "/api/canary7q", "/api/v2/registrations", "/canary7q"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_address_is_a_problem(life, client, path, method):
    answer = getattr(client, method)(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert b"canary7q" not in answer.content


def test_our_own_mistake_says_nothing(life, client, monkeypatch):
    def mistake(*_: object, **__: object) -> None:
        raise RuntimeError("canary7q")

    monkeypatch.setattr(registering, "register", mistake)
    answer = post(client, {"product": "srv-std"})

    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert b"canary7q" not in answer.content


def test_a_mistake_outside_the_api_is_a_problem_too(rf):
    assert problems.mistake(rf.get("/")).status_code == 500
