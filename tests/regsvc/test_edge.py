"""The edge of the public host: what is shown over HTTPS only, which methods and headers are taken, and which keys are published."""

import gzip
import json

import jwt
import pytest
from django.db import connections

from privacy import receipts

FAR = "192.0.2.7"
PROXY = "10.0.0.1"
MY, EXPORT = "/api/v1/my/registration", "/api/v1/my/registration/export"
PROBLEM = "application/problem+json"


@pytest.fixture
def filed(life):
    receipt = life.register(contact={"name": "Ada Canary7q"})
    life.sweep()
    return receipt


def bearer(receipt) -> dict[str, str]:
    return {"Authorization": f"Bearer {receipt.text}"}


def unsafe(settings, *, forwarded: bool) -> dict[str, str]:
    """A connection that others can read: straight from afar, or by a proxy that says so."""
    settings.PROXIES = frozenset({PROXY})
    return {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_PROTO": "http"} if forwarded else {"REMOTE_ADDR": FAR}


@pytest.mark.parametrize("forwarded", [False, True])
@pytest.mark.parametrize("path", [MY, EXPORT])
def test_a_record_is_not_shown_over_plain_http(client, filed, settings, path, forwarded):
    answer = client.get(path, headers=bearer(filed), **unsafe(settings, forwarded=forwarded))

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/https-required")
    assert b"Canary7q" not in answer.content
    assert "Location" not in answer


@pytest.mark.parametrize("path", [MY, EXPORT])
def test_a_record_is_shown_behind_a_proxy_that_ends_https(client, filed, settings, path):
    settings.PROXIES = frozenset({PROXY})
    answer = client.get(path, headers=bearer(filed), REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_PROTO="https")

    assert answer.json()["contact"]["name"] == "Ada Canary7q"


@pytest.mark.parametrize("method", ["get", "head", "post"])
@pytest.mark.parametrize("path", ["/register", "/my", f"/confirm/{'a' * 43}", f"/unsubscribe/{'a' * 43}"])
def test_a_page_that_asks_for_personal_data_is_not_shown_over_plain_http(life, client, settings, path, method):
    answer = getattr(client, method)(path, **unsafe(settings, forwarded=False))

    assert answer.status_code == 403
    assert "Location" not in answer
    assert method == "head" or b"https-required" in answer.content


@pytest.mark.parametrize("path", ["/privacy", "/problems/https-required", "/healthz", "/api/v1/notice?product=srv-std"])
def test_what_helps_and_what_is_public_is_shown_over_plain_http(life, client, settings, path):
    assert client.get(path, **unsafe(settings, forwarded=False)).status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*;q=0.1", "nonsense", "application/json;q=0"])
def test_what_a_caller_would_rather_have_is_not_asked(client, life, filed, accept):
    headers = bearer(filed) | {"Accept": accept}
    submission = client.post("/api/v1/registrations", {"product": "srv-std"}, "application/json", headers=headers)
    paths = (MY, EXPORT, "/api/v1/notice?product=srv-std", submission.json()["submission"])

    assert [client.get(path, headers=headers).status_code for path in paths] == [200] * 4
    lowered = {"choices": [{"topic": "updates", "sender": "vendor", "granted": False}]}
    assert client.patch(MY, lowered, "application/json", headers=headers).status_code == 202
    assert client.get("/api/v1/submissions/00", headers=headers)["Content-Type"] == PROBLEM


@pytest.mark.parametrize("content_type", ["Application/Merge-Patch+JSON", "application/merge-patch+json; charset=utf-8"])
def test_a_merge_patch_may_be_named_in_capitals(client, filed, content_type):
    answer = client.generic("PATCH", MY, b'{"contact": {"name": null}}', content_type, headers=bearer(filed))

    assert answer.status_code == 202


@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_compressed_body_is_refused_with_a_sentence(client, filed, method):
    path = MY if method == "patch" else "/api/v1/registrations"
    body = gzip.compress(json.dumps({"product": "srv-std"}).encode())
    answer = client.generic(method.upper(), path, body, "application/json", headers=bearer(filed) | {"Content-Encoding": "gzip"})

    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/wrong-content-encoding")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/ping", "/healthz", "/readyz", "/api/v1/schema", "/.well-known/regsvc/statement-keys"])
def test_what_can_only_be_read_says_so(client, path, method):
    client.handler.enforce_csrf_checks = True
    answer = client.generic(method, path)

    assert (answer.status_code, answer["Content-Type"], answer["Allow"]) == (405, PROBLEM, "GET, HEAD")
    assert answer.json()["type"] == "/problems/method-not-allowed"


@pytest.mark.parametrize("path", ["/api/v1/registrations", MY, "/api/v1/notice"])
def test_a_method_that_the_api_does_not_take_is_a_problem(client, path):
    client.handler.enforce_csrf_checks = True
    answer = client.put(path)

    assert (answer.status_code, answer["Content-Type"]) == (405, PROBLEM)
    assert answer["Allow"]


def test_an_unknown_address_of_the_api_is_a_problem_whatever_the_method(client):
    client.handler.enforce_csrf_checks = True

    assert {client.generic(method, "/api/v1/nothing")["Content-Type"] for method in ("GET", "POST", "PUT")} == {PROBLEM}


@pytest.mark.parametrize("path", ["/register", "/my", "/privacy", "/problems/too-often", f"/confirm/{'a' * 43}"])
def test_a_page_says_which_methods_it_takes(life, client, path):
    client.handler.enforce_csrf_checks = True
    answer = client.put(path, headers={"Accept": "text/html"})

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
    assert b"<h1>" in answer.content


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("page", ["/register", "/my", "/privacy", "/problems/too-often", f"/confirm/{'a' * 43}"])
def test_a_slash_too_many_leads_to_the_page(life, client, page, method):
    answer = getattr(client, method)(f"{page}/?language=de")

    assert (answer.status_code, answer["Location"]) == (301, f"{page}?language=de")
    assert getattr(client, method)(page).status_code == 200


@pytest.mark.parametrize("path", ["/nothing/", "//example.org/", "//example.org/my/", "/my/x/", "/"])
def test_no_other_address_leads_elsewhere(life, client, path):
    answer = client.get("/", PATH_INFO=path)

    assert answer.get("Location") in {None, "/register"}


def test_nothing_that_is_posted_is_redirected(life, client):
    assert client.post("/my/", {"receipt": receipts.fresh().text}).status_code == 404


def test_a_certificate_can_be_checked_by_anybody_with_the_published_keys(client, life, filed):
    posted = client.delete(MY, headers=bearer(filed))
    life.sweep()
    submission = client.get(posted.json()["submission"]).json()

    keys = jwt.PyJWKSet.from_dict(client.get("/.well-known/regsvc/statement-keys").json())
    for statement in (submission["certificate"], submission["signature"]):
        key = keys[jwt.get_unverified_header(statement)["kid"]]
        assert jwt.decode(statement, key, algorithms=["EdDSA"])
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(submission["certificate"], keys["acknowledge@1"], algorithms=["EdDSA"])


def test_the_published_keys_are_public_halves(client):
    answer = client.get("/.well-known/regsvc/statement-keys")

    assert answer["Content-Type"] == "application/jwk-set+json"
    assert {frozenset(key) for key in answer.json()["keys"]} == {frozenset({"kty", "crv", "x", "kid", "use", "alg"})}
    assert {key["kid"] for key in answer.json()["keys"]} == {"acknowledge@1", "statements@1"}


def test_a_keystore_that_takes_no_writes_asks_to_try_again(client, filed):
    with connections["keystore"].cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
    lowered = {"choices": [{"topic": "updates", "sender": "vendor", "granted": False}]}
    answer = client.patch(MY, lowered, "application/json", headers=bearer(filed))

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/try-again")
    assert answer["Retry-After"]


def test_a_fault_says_how_its_field_is_written(life, client):
    sent = {"product": "srv-std", "contact": {"phone": "none", "email": "none"}}
    errors = client.post("/api/v1/registrations", sent, "application/json").json()["errors"]

    assert {each["code"] for each in errors} == {"invalid"}
    assert len({each["detail"] for each in errors}) == 2
