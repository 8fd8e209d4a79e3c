"""The pace is kept in memory, without an address."""

import pytest

from activation import pace
from activation.pace import Pace, TooOften

NONE: frozenset[str] = frozenset()


def test_a_caller_that_asks_too_often_waits_for_the_next_window():
    kept = Pace()
    for _ in range(3):
        kept.take(b"one", most=3, now=1.0)
    with pytest.raises(TooOften):
        kept.take(b"one", most=3, now=2.0)
    kept.take(b"other", most=3, now=3.0)
    kept.take(b"one", most=3, now=601.0)


def test_a_flood_makes_only_the_silent_forgotten(monkeypatch):
    monkeypatch.setattr(pace, "MOST_CALLERS", 3)
    kept = Pace()
    for other in range(10):
        kept.take(b"%d" % other, most=1, now=1.0)
        kept.take(b"one", most=11, now=1.0)
    kept.take(b"one", most=11, now=1.0)

    with pytest.raises(TooOften):
        kept.take(b"one", most=11, now=1.0)
    assert len(kept.counts) == 3


def test_no_caller_is_kept_and_each_window_names_them_anew():
    kept = Pace()
    kept.take(b"192.0.2.0", most=3, now=1.0)
    before = set(kept.counts)
    kept.take(b"192.0.2.0", most=3, now=601.0)

    assert b"192.0.2.0" not in before | set(kept.counts)
    assert before.isdisjoint(kept.counts)
    assert repr(kept) == "Pace(window=1)"


def test_a_network_is_coarse_and_only_a_known_proxy_is_believed():
    def of(address, forwarded="", proxies=NONE):
        return pace.network({"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": forwarded}, proxies)

    assert of("192.0.2.1") == of("192.0.2.200") != of("198.51.100.1")
    assert of("2001:db8:1:2::1") == of("2001:db8:1:ffff::2") != of("2001:db8:2::1")
    assert of("192.0.2.1", "198.51.100.7") == of("192.0.2.1")
    assert of("192.0.2.1", "203.0.113.9, 198.51.100.7", frozenset({"192.0.2.1"})) == of("198.51.100.1")
    assert of("::ffff:192.0.2.1") == of("192.0.2.1")
    assert of("nonsense") == b""
