"""Counts are kept in memory, without an address, and nobody's calls use up a stranger's."""

from ipaddress import ip_address

import pytest

from web import rate_limit
from web.rate_limit import RateLimit, TooOften, shares

NETWORKS = {4: ((32, 1),), 6: ((64, 1), (48, 10))}


def test_a_caller_that_asks_too_often_waits_for_the_next_window():
    kept = RateLimit(60)
    for _ in range(3):
        kept.take(b"one", most=3, now=60.0)
    with pytest.raises(TooOften):
        kept.take(b"one", most=3, now=119.9)
    kept.take(b"other", most=3, now=119.9)
    kept.take(b"one", most=3, now=120.0)


def test_a_flood_makes_only_the_silent_forgotten(monkeypatch):
    monkeypatch.setattr(rate_limit, "MOST_CALLERS", 3)
    kept = RateLimit(60)
    for other in range(10):
        kept.take(b"%d" % other, most=1, now=1.0)
        kept.take(b"one", most=11, now=1.0)
    kept.take(b"one", most=11, now=1.0)

    with pytest.raises(TooOften):
        kept.take(b"one", most=11, now=1.0)
    assert len(kept.counts) == 3


def test_no_caller_is_kept_and_each_window_names_them_anew():
    kept = RateLimit(60)
    kept.take(b"192.0.2.0", most=3, now=1.0)
    before = set(kept.counts)
    kept.take(b"192.0.2.0", most=3, now=61.0)

    assert b"192.0.2.0" not in before | set(kept.counts)
    assert before.isdisjoint(kept.counts)
    assert repr(kept) == "RateLimit(seconds=60, window=1)"


def test_a_network_counts_for_itself_and_wide_ones_may_use_more():
    def of(address):
        return shares("10.0.0.1", ip_address(address), prefixes=NETWORKS)

    assert of("192.0.2.1") != of("192.0.2.2")
    narrow, wide = of("2001:db8:1:2::1")
    assert [narrow.times, wide.times] == [1, 10]
    assert of("2001:db8:1:2::9") == [narrow, wide]
    assert of("2001:db8:1:3::1")[0] != narrow
    assert of("2001:db8:1:3::1")[1] == wide
    assert of("2001:db8:2::1")[1] != wide


def test_callers_whom_a_proxy_does_not_name_share_a_wide_count_of_that_proxys_own():
    one, other = shares("10.0.0.1", None, prefixes=NETWORKS), shares("10.0.0.2", None, prefixes=NETWORKS)

    assert [share.times for share in one] == [20]
    assert one != other
    assert one != shares("10.0.0.1", ip_address("10.0.0.1"), prefixes=NETWORKS)
