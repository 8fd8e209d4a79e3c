"""A storm on the keys: several processes, real PostgreSQL. No key ever holds one too many, and no slot stays empty."""

import json
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from activation.models import Binding, ProductKey
from tests.activation.conftest import TODAY

PROCESSES = 4  # in the proof
COMPUTERS = [[number] * 4 for number in range(1, 64)] + [[1, 2, 3, 4]]
SCRIPT = Path(__file__).with_name("contenders.py")


def storm(pairs: list[tuple[str, list[int]]], processes: int) -> list[str]:
    """What each pair was told; neighbours are asked at the same time by different processes."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE, "PYTHONPATH": os.pathsep.join(sys.path)}
    shares = [pairs[start::processes] for start in range(processes)]
    started = [
        subprocess.Popen([sys.executable, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)
        for _ in shares
    ]
    database = connections["activation"].settings_dict["NAME"]
    for process, share in zip(started, shares, strict=True):
        process.stdin.write(json.dumps({"database": database, "today": TODAY.isoformat(), "pairs": share}))
        process.stdin.close()
    answers = []
    for process in started:
        with process.stdout:
            answers.append(json.loads(process.stdout.read()))
    assert [process.wait() for process in started] == [0] * processes
    told = [""] * len(pairs)
    for start, answer in enumerate(answers):
        told[start::processes] = answer
    return told


def fight(counter, kind: str, *, keys: int, computers: int, processes: int = PROCESSES) -> None:
    """Every computer asks twice at once for every key."""
    made = counter.keys(keys, kind)
    dice = random.Random(5)
    pairs = [(key.text, units) for key in made for units in dice.sample(COMPUTERS[-computers:], computers) for _ in range(2)]
    told = storm(pairs, processes)
    slots = ProductKey.objects.first().batch.slots
    by_pair = defaultdict(Counter)
    for (key, units), outcome in zip(pairs, told, strict=True):
        by_pair[key, tuple(units)][outcome] += 1

    held = Counter(Binding.objects.filter(released_on=None).values_list("slot__key_id", flat=True))
    assert sorted(held.values()) == [slots] * keys
    assert Counter(told)["new"] == Counter(told)["same"] == keys * slots
    assert {frozenset(outcomes.items()) for outcomes in by_pair.values()} == {
        frozenset({("new", 1), ("same", 1)}),
        frozenset({("refused", 2)}),
    }
    assert all(
        outcome == "same" for outcome in storm([pair for pair in pairs if "new" in by_pair[pair[0], tuple(pair[1])]], processes)
    )


@pytest.mark.real_transactions
def test_a_few_keys_in_a_storm(counter):
    fight(counter, "multi", keys=8, computers=12, processes=2)


@pytest.mark.proof
@pytest.mark.real_transactions
@pytest.mark.parametrize("kind", ["retail", "multi"])
def test_two_hundred_keys_and_sixty_four_computers_at_once(counter, kind):
    fight(counter, kind, keys=200, computers=64)
