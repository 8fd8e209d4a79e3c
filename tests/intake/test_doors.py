"""The doors: who is counted, whose connection is safe, and what is turned away unread."""

import pytest

from intake import doors
from intake.doors import HttpsRequired, Pace, Rules, TooOften, WrongContentType
from privacy import wire
from privacy.strict import TooLarge

RULES = Rules(most=2, proxies=frozenset({"10.0.0.1"}), trust_loopback=False)
LOOPBACK = Rules(most=2, proxies=frozenset(), trust_loopback=True)
FRONT = Rules(most=2, proxies=frozenset({"127.0.0.1"}), trust_loopback=True)
HTTPS = {"wsgi.url_scheme": "https", "REMOTE_ADDR": "192.0.2.1"}


@pytest.fixture(autouse=True)
def _nobody_came_yet(monkeypatch):
    monkeypatch.setattr(doors, "PACE", Pace())


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.9", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "203.0.113.1, 198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "nonsense", ""),
        ("2001:db8:1:2:3:4:5:6", None, "2001:0db8:0001:0002"),
        ("2001:db8:1:2::9", None, "2001:0db8:0001:0002"),
        ("2001:db8:1:3::9", None, "2001:0db8:0001:0003"),
        ("", None, ""),
    ],
)
def test_a_caller_is_an_address_or_a_network(peer, forwarded, counted):
    environ = {"REMOTE_ADDR": peer} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})

    assert doors.caller(environ, RULES) == counted


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
    assert wire.protected(environ, rules.proxies, trust_loopback=rules.trust_loopback) is safe
    if not safe:
        with pytest.raises(HttpsRequired):
            doors.admit(environ, rules)


def test_pace_is_kept_by_the_minute():
    pace = Pace()
    for _ in range(2):
        pace.take("a", most=2, now=60.0)
    pace.take("b", most=2, now=60.0)

    with pytest.raises(TooOften):
        pace.take("a", most=2, now=119.9)
    pace.take("a", most=2, now=120.0)
    assert set(pace.counts) == {"a"}


def test_pace_remembers_only_so_many(monkeypatch):
    monkeypatch.setattr(doors, "MOST_CALLERS", 3)
    pace = Pace()
    for caller in "abcd":
        pace.take(caller, most=1, now=1.0)

    assert list(pace.counts) == ["b", "c", "d"]


def test_a_refused_caller_is_not_forgotten_sooner_than_others(monkeypatch):
    monkeypatch.setattr(doors, "MOST_CALLERS", 2)
    pace = Pace()
    pace.take("a", most=1, now=1.0)
    pace.take("b", most=1, now=1.0)
    with pytest.raises(TooOften):
        pace.take("a", most=1, now=1.0)
    pace.take("c", most=1, now=1.0)

    assert list(pace.counts) == ["a", "c"]


def test_who_is_turned_away_has_been_counted_first():
    for _ in range(2):
        with pytest.raises(HttpsRequired):
            doors.admit({"REMOTE_ADDR": "192.0.2.1"}, RULES)

    with pytest.raises(TooOften):
        doors.admit({"REMOTE_ADDR": "192.0.2.1"}, RULES)


@pytest.mark.parametrize("length", ["16385", "9" * 40, "-1", "x", "1 ", "16384.0"])
def test_a_length_that_is_none_or_too_much_is_refused(length):
    with pytest.raises(TooLarge):
        doors.admit(HTTPS | {"CONTENT_LENGTH": length}, RULES)


@pytest.mark.parametrize("length", ["", "0", "16384", None])
def test_a_length_that_is_fine_or_missing_comes_in(length):
    doors.admit(HTTPS | {"CONTENT_LENGTH": length}, RULES)


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
        doors.admit(environ, RULES, content_type=wanted)
    else:
        with pytest.raises(WrongContentType):
            doors.admit(environ, RULES, content_type=wanted)
