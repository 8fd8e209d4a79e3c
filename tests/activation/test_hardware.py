"""The hardware hash recognises one computer under one key, forgives what people change, and tells nothing else."""

import math
import random
from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from activation import hardware, hash_statistics, product_keys
from activation.hardware import COMPONENTS, MATCHING, PLAIN, Flag, Hardware, NotAHash

NAMES = [component.name for component in COMPONENTS]
KEY = product_keys.draw(batch=1)
M1 = MATCHING["m1"]


def computer(**changed: str) -> dict[str, str]:
    return {name: f"{name}-of-this" for name in NAMES} | changed


def different(name: str, value: str = "") -> str:
    """Another value of a component whose digest differs too, so that a test does not depend on luck."""
    place = NAMES.index(name)
    old = hardware.measure(KEY, {name: value or computer()[name]}).digests[place]
    tries = (f"{name}-{number}" for number in range(1000))
    return next(each for each in tries if hardware.measure(KEY, {name: each}).digests[place] != old)


def match_after(*names: str, flags: Flag = hardware.PLAIN) -> hardware.Match:
    now = computer(**{name: different(name) for name in names})
    return hardware.compare(hardware.measure(KEY, computer(), flags=flags), hardware.measure(KEY, now), M1)


@pytest.mark.parametrize(
    ("changed", "score"),
    [
        ((), 12),
        (("system",), 10),
        (("disk", "system"), 8),
        (("processor", "graphics", "memory"), 9),
        (("network",), 10),
        (("board", "network", "firmware"), 7),
    ],
)
def test_what_people_change_stays_the_same_computer(changed, score):
    match = match_after(*changed)

    assert (match.same, match.score, match.of) == (True, score, 12)
    assert match.changed == tuple(name for name in NAMES if name in changed)


@pytest.mark.parametrize(
    ("changed", "score"),
    [
        (("board", "network", "processor", "memory", "firmware"), 5),
        (("board", "network", "system", "processor", "graphics", "memory", "firmware"), 2),
        (("disk", "system", "graphics", "memory"), 6),
        (("board", "disk", "network"), 6),
        (("board", "disk", "network", "system"), 4),
    ],
)
def test_another_computer_is_another(changed, score):
    assert match_after(*changed)[:2] == (False, score)


def test_a_dock_changes_nothing_and_only_the_bound_computer_says_that_it_docks():
    assert match_after("network", "graphics", "processor", flags=Flag.DOCKABLE).same
    assert match_after("network", "board", "processor", flags=Flag.DOCKABLE).same
    undocked = hardware.measure(KEY, computer())
    asking = hardware.measure(
        KEY,
        computer(**{name: different(name) for name in ("board", "network", "processor", "memory")}),
        flags=Flag.DOCKABLE,
    )
    assert not hardware.compare(undocked, asking, M1).same


def test_an_absent_component_has_no_vote():
    virtual = computer(graphics="", network="")
    bound = hardware.measure(KEY, virtual, flags=Flag.VIRTUAL)
    now = hardware.measure(KEY, virtual | {"disk": different("disk")}, flags=Flag.VIRTUAL)

    match = hardware.compare(bound, now, M1)
    assert (match.same, match.score, match.of) == (True, 7, 9)
    assert match.changed == ("disk",)


def test_a_container_with_one_unit_id_is_itself():
    given = "given-by-the-operator"
    only = hardware.measure(KEY, {"system": given}, flags=Flag.CONTAINER)
    another = hardware.measure(KEY, {"system": different("system", given)}, flags=Flag.CONTAINER)

    assert hardware.compare(only, only, M1).same
    assert not hardware.compare(only, another, M1).same


def test_two_keys_make_unrelated_hashes_of_one_computer():
    hashes = {hardware.measure(product_keys.draw(batch=1), computer()).text for _ in range(50)}

    assert len(hashes) == 50


@given(st.integers(0, 2**36 - 1), st.sampled_from([Flag(0), Flag.DOCKABLE, Flag.VIRTUAL | Flag.CONTAINER]))
def test_a_hash_reads_back(digests, flags):
    text = f"{int(flags) << 36 | digests:010x}"
    if digests >> 12:
        assert hardware.read(text).text == text
        assert len(bytes(hardware.read(text))) == 5
    else:
        with pytest.raises(NotAHash):
            hardware.read(text)


def test_capitals_are_forgiven():
    assert hardware.read("A41F09C37E") == hardware.read("a41f09c37e")


def test_of_a_docked_computer_only_unit_ids_with_a_vote_count():
    bound = Hardware(Flag.DOCKABLE, (1, 2, 3, 4, 5, 6, 7, 1))

    assert not hardware.compare(bound, Hardware(PLAIN, (1, 9, 3, 9, 5, 6, 7, 1)), M1).same
    assert hardware.compare(bound, Hardware(PLAIN, (1, 2, 9, 9, 5, 6, 7, 1)), M1).same


@pytest.mark.parametrize("text", ["", "a41f09c37", "a41f09c37e0", "g41f09c37e", "0000000fff", "141f09c37e", "９" * 10])
def test_what_is_no_hash_is_refused(text):
    with pytest.raises(NotAHash):
        hardware.read(text)


def test_case_and_outer_spaces_of_a_value_do_not_count():
    assert hardware.measure(KEY, {"board": " ABC "}) == hardware.measure(KEY, {"board": "abc"})


@pytest.mark.parametrize(
    ("widths", "bits", "strangers", "fleet", "twins"),
    [
        ((3, 1), 16, 1.0e-1, 1.0e-1, 15),
        ((4, 1), 20, 2.4e-2, 2.4e-2, 0.95),
        ((5, 2), 28, 1.3e-3, 5.9e-3, 3.7e-3),
        ((6, 3), 36, 8.4e-5, 1.5e-3, 2.6e-5),
        ((8, 3), 44, 4.8e-6, 9.2e-5, 1.0e-7),
    ],
)
def test_the_published_figures(widths, bits, strangers, fleet, twins):
    made = hash_statistics.work_out(M1, unit_bits=widths[0], model_bits=widths[1])

    assert made.bits == bits
    assert made[1:3] == pytest.approx((strangers, fleet), rel=0.04)
    assert (made.fits, made.twins) == (pytest.approx(made.strangers * 1e6), pytest.approx(twins, rel=0.04))


def test_a_cloned_image_on_equal_hardware_passes_once_in_twenty():
    assert hash_statistics.work_out(M1).cloned == pytest.approx(0.047, rel=0.01)


def test_the_rule_errs_as_often_as_the_figures_say():
    dice = random.Random(3)
    rounds, models = 60_000, (1, 2, 3, 4)
    one = Hardware(Flag(0), (5, 9, 13, 17, *models))

    def passes() -> bool:
        units = tuple(dice.randint(1, 63) for _ in range(3))
        return hardware.compare(one, Hardware(Flag(0), (*units, 17, *models)), M1).same

    assert sum(passes() for _ in range(rounds)) / rounds == pytest.approx(hash_statistics.work_out(M1).cloned, rel=0.1)


def test_the_figures_agree_with_the_rule_itself():
    assert math.isclose(hash_statistics.passing(M1, [1.0] * 8), 1)
    assert hash_statistics.passing(M1, [0.0] * 8) == 0


def test_the_report_prints_the_shipped_width():
    out = StringIO()
    call_command("hardware_report", stdout=out)

    assert "| 6/3 | 36 |" in out.getvalue()
