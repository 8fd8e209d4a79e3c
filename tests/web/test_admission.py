"""Admission: who is counted, whose connection is safe, and what is turned away unread."""

import pytest

from intake.admission import NETWORKS
from web import admission
from web.admission import HttpsRequired, Rules, WrongContentType
from web.rate_limit import RateLimit, TooOften
from web.strict_json import TooLarge


def rules(*proxies, trust_loopback):
    return Rules(RateLimit(60), 2, NETWORKS, frozenset(proxies), trust_loopback)


RULES = rules("10.0.0.1", trust_loopback=False)
LOOPBACK = rules(trust_loopback=True)
FRONT = rules("127.0.0.1", trust_loopback=True)
HTTPS = {"wsgi.url_scheme": "https", "REMOTE_ADDR": "192.0.2.1"}


@pytest.fixture(autouse=True)
def _nobody_came_yet():
    for each in (RULES, LOOPBACK, FRONT):
        each.limit.window = -1


@pytest.mark.parametrize(
    ("peer", "forwarded", "read"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.9", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "198.51.100.9:4711", "198.51.100.9"),
        ("10.0.0.1", "[2001:db8::9]:4711", "2001:db8::9"),
        ("10.0.0.1", "[2001:db8::9]", "2001:db8::9"),
        ("10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "nonsense", "None"),
        ("10.0.0.1", "unknown", "None"),
        ("", None, "None"),
    ],
)
def test_a_callers_address_is_believed_from_a_known_proxy_only(peer, forwarded, read):
    environ = {"REMOTE_ADDR": peer} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})

    assert str(admission.address(environ, RULES.proxies)) == read


def calls(count: int, **environ: str) -> int:
    """How many of so many posts come in."""
    admitted = 0
    for number in range(count):
        try:
            admission.admit(HTTPS | {name: value.format(number) for name, value in environ.items()}, RULES)
            admitted += 1
        except TooOften:
            pass
    return admitted


def test_neighbours_in_one_wide_network_cannot_ask_without_end():
    assert calls(100, REMOTE_ADDR="2001:db8:1:{0}::1") == RULES.most * 10
    assert calls(5, REMOTE_ADDR="2001:db8:2:1::{0}") == RULES.most


def test_strangers_behind_a_proxy_that_does_not_name_them_do_not_stop_each_other_at_once():
    behind = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}

    assert calls(100, HTTP_X_FORWARDED_FOR="unknown", **behind) == RULES.most * 20
    assert calls(5, HTTP_X_FORWARDED_FOR="198.51.100.9", **behind) == RULES.most


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "identity, gzip"])
def test_a_compressed_body_is_refused(coding):
    with pytest.raises(admission.EncodedBody):
        admission.admit(HTTPS | {"HTTP_CONTENT_ENCODING": coding}, RULES)


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_a_body_that_says_that_it_is_plain_comes_in(coding):
    admission.admit(HTTPS | {"HTTP_CONTENT_ENCODING": coding}, RULES)


@pytest.mark.parametrize(
    ("rules", "environ", "safe"),
    [
        (RULES, HTTPS, True),
        (RULES, {"REMOTE_ADDR": "192.0.2.1"}, False),
        (RULES, {"REMOTE_ADDR": "127.0.0.1"}, False),
        (RULES, {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_PROTO": "https"}, False),
        (RULES, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}, True),
        (RULES, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "http"}, False),
        (RULES, {"REMOTE_ADDR": "10.0.0.1"}, False),
        (LOOPBACK, {"REMOTE_ADDR": "127.0.0.1"}, True),
        (LOOPBACK, {"REMOTE_ADDR": "::1"}, True),
        (LOOPBACK, {"REMOTE_ADDR": "192.0.2.1"}, False),
        (LOOPBACK, {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_PROTO": "https"}, False),
        (FRONT, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, True),
        (FRONT, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1, 192.0.2.1"}, False),
        (FRONT, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1", "HTTP_X_FORWARDED_PROTO": "https"}, True),
        (FRONT, {"REMOTE_ADDR": "127.0.0.1"}, False),
    ],
)
def test_a_connection_is_safe_or_the_post_is_refused(rules, environ, safe):
    assert admission.protected(environ, rules.proxies, trust_loopback=rules.trust_loopback) is safe
    if not safe:
        with pytest.raises(HttpsRequired):
            admission.admit(environ, rules)


def test_who_is_turned_away_has_been_counted_first():
    for _ in range(2):
        with pytest.raises(HttpsRequired):
            admission.admit({"REMOTE_ADDR": "192.0.2.1"}, RULES)

    with pytest.raises(TooOften):
        admission.admit({"REMOTE_ADDR": "192.0.2.1"}, RULES)


@pytest.mark.parametrize("length", ["16385", "9" * 40, "-1", "x", "1 ", "16384.0"])
def test_a_length_that_is_none_or_too_much_is_refused(length):
    with pytest.raises(TooLarge):
        admission.admit(HTTPS | {"CONTENT_LENGTH": length}, RULES)


@pytest.mark.parametrize("length", ["", "0", "16384", None])
def test_a_length_that_is_fine_or_missing_comes_in(length):
    admission.admit(HTTPS | {"CONTENT_LENGTH": length}, RULES)


@pytest.mark.parametrize(("given", "wanted", "taken"), [
    ("application/json", "application/json", True),
    ("Application/JSON ; charset=utf-8", "application/json", True),
    ("application/merge-patch+json", "application/json", False),
    ("", "application/json", False),
    ("anything", None, True),
])  # fmt: skip
def test_a_content_type_is_compared_without_its_parameters(given, wanted, taken):
    environ = HTTPS | {"CONTENT_TYPE": given}
    if taken:
        admission.admit(environ, RULES, takes=(wanted,) if wanted else ())
    else:
        with pytest.raises(WrongContentType):
            admission.admit(environ, RULES, takes=(wanted,) if wanted else ())
