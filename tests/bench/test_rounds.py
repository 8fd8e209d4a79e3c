"""Rounds: ratios within a round, and results that say nothing about the machine's folders."""

import json
from collections import Counter
from pathlib import Path

import pytest

import bench
from bench import rounds
from bench.rounds import Target


def measured():
    return {
        "ours": [{"per_second": 100.0, "p99_ms": 1.0}, {"per_second": 30.0, "p99_ms": 2.0}, {"per_second": 80.0, "p99_ms": 1.0}],
        "theirs": [
            {"per_second": 10.0, "p99_ms": 10.0},
            {"per_second": 2.0, "p99_ms": 16.0},
            {"per_second": 10.0, "p99_ms": 5.0},
        ],
    }


def test_a_ratio_is_taken_within_its_round():
    found = rounds.ratio(measured(), Target("ours", "theirs", "per_second", must=9, reach=12))

    assert (found.median, found.least, found.greatest) == (10.0, 8.0, 15.0)
    assert found.verdict == "met"


@pytest.mark.parametrize(("must", "reach", "verdict"), [(0.05, 0.01, "MISSED"), (0.2, 0.1, "met"), (0.5, 0.2, "reached")])
def test_of_times_a_small_ratio_is_good(must, reach, verdict):
    assert rounds.ratio(measured(), Target("ours", "theirs", "p99_ms", must, reach, at_most=True)).verdict == verdict


def test_everything_runs_once_a_round_and_not_always_in_one_order():
    order = []
    contenders = {name: lambda name=name: order.append(name) or {"per_second": 1.0} for name in ("a", "b", "c")}

    found = rounds.interleaved(contenders, rounds=20)

    turns = [tuple(order[first : first + 3]) for first in range(0, 60, 3)]
    assert all(Counter(turn) == Counter("abc") for turn in turns)
    assert len(set(turns)) > 1
    assert [len(each) for each in found.values()] == [20, 20, 20]


def test_a_result_says_what_ran_and_not_where(monkeypatch, tmp_path):
    monkeypatch.setattr(rounds, "RESULTS", tmp_path)

    rounds.report(
        "trial", measured(), [Target("ours", "theirs", "per_second", must=9, reach=12)], keep=True, notes={"seconds": 1}
    )

    text = (tmp_path / "trial.json").read_text()
    kept = json.loads(text)
    assert kept["ratios"][0]["median"] == 10.0
    assert kept["versions"]["django"]
    assert str(Path(rounds.__file__).parent.parent) not in text
    assert str(Path.home()) not in text


def test_a_try_writes_no_result(monkeypatch, tmp_path):
    monkeypatch.setattr(rounds, "RESULTS", tmp_path)

    rounds.report("trial", measured(), [], keep=False, notes={})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "rounds_run", "counts"), [([], 7, True), (["--rounds", "4"], 4, False), (["intake", "--quick"], 2, False)]
)
def test_fewer_than_five_rounds_do_not_count(argv, rounds_run, counts):
    effort = bench._effort(bench._options(argv))

    assert (effort.rounds, effort.counts) == (rounds_run, counts)


def test_an_unknown_bench_is_refused():
    with pytest.raises(SystemExit):
        bench._options(["nonsense"])
