"""Bars of some days, stacked by answer, as places and sizes in an SVG.

The page's policy forbids inline styles: sizes are attributes, and colours are classes.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

WIDTH, HEIGHT = 760, 230
LEFT, RIGHT, TOP, FOOT = 44, 22, 12, 26  # room for the numbers
GAP = 4


class Bar(NamedTuple):
    """One piece of a day's column."""

    x: float
    y: float
    width: float
    height: float
    name: str
    label: object
    day: date
    times: int


class Line(NamedTuple):
    """A line across, with its number."""

    y: float
    times: int


class Drawing(NamedTuple):
    """All that the page draws."""

    bars: list[Bar]
    lines: list[Line]
    days: list[tuple[float, date]]


def draw(counts: Iterable[tuple[date, str, int]], *, named: Mapping[str, object], first: date, days: int) -> Drawing:
    """Stack what was counted of *named*, in its order, for *days* days from *first* on."""
    found = {(day, name): times for day, name, times in counts}
    dates = [first + timedelta(days=number) for number in range(days)]
    columns = [[(name, found.get((day, name), 0)) for name in named] for day in dates]
    top = _round(max((sum(times for _, times in column) for column in columns), default=0))
    step, scale = (WIDTH - LEFT - RIGHT) / days, (HEIGHT - TOP - FOOT) / top
    bars: list[Bar] = []
    for number, (day, column) in enumerate(zip(dates, columns, strict=True)):
        y = float(HEIGHT - FOOT)
        for name, times in column:
            y -= times * scale
            if times:
                bars.append(Bar(LEFT + number * step + GAP / 2, y, step - GAP, times * scale, name, named[name], day, times))
    lines = [Line(HEIGHT - FOOT - times * scale, times) for times in sorted({0, top // 2, top})]
    return Drawing(bars, lines, [(LEFT + (number + 0.5) * step, dates[number]) for number in range(days - 1, -1, -7)])


def _round(most: int) -> int:
    """The next of 2, 4, 6, 8, 10, 12, 16, 20, 40 and so on: half of it is a whole number too."""
    size = 1
    while True:
        for part in (2, 4, 6, 8, 10, 12, 16):
            if most <= part * size:
                return part * size
        size *= 10
