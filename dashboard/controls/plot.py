"""A small chart as HTML and SVG, for the wall: fills a box of any shape, and its text keeps its size."""

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

Point = tuple[float, float]
BAR = 2.8  # percent of the width


@dataclass(frozen=True, slots=True)
class Line:
    """`colour` is a custom property of the theme. Drawn as a line, or as bars."""

    name: str
    colour: str
    points: tuple[Point, ...]
    dashed: bool = False
    bars: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A word below the chart."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    lines: tuple[Line, ...]
    across: tuple[float, float]
    marks: tuple[Mark, ...]
    bounds: tuple[float, float] | None = None  # of the values; None: as the points need
    unit: str = ""
    digits: int = 0


def ticks(low: float, high: float, least: float = 0.0, most: int = 5) -> tuple[float, ...]:
    """Round numbers that enclose low and high, at least `least` apart and at most about `most` of them."""
    span = max(high - low, least * (most - 1), 1e-9)
    power = 10.0 ** floor(log10(span / (most - 1)))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if span / (power * n) <= most - 1)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return tuple(round(n * step, 9) for n in range(first, max(last, first + 1) + 1))


def plot(drawn: Plot) -> str:
    low, high = drawn.bounds or _bounds(drawn)
    steps = ticks(low, high, 10.0**-drawn.digits)
    low, high = steps[0], steps[-1]

    def x(at: float) -> float:
        return 100 * (at - drawn.across[0]) / (drawn.across[1] - drawn.across[0])

    def y(value: float) -> float:
        return 100 - 100 * (value - low) / (high - low)

    grid = "".join(f'<path class="grid" d="M0 {y(step):.2f}H100"/>' for step in steps)
    shapes = "".join(_shape(line, [(x(at), y(value)) for at, value in line.points]) for line in drawn.lines)
    scale = "".join(
        f'<span style="top:{y(step):.2f}%">{step:,.{drawn.digits}f}{escape(drawn.unit)}</span>'
        for step in steps
    )
    feet = "".join(_foot(x(mark.at), mark.text) for mark in drawn.marks)
    return (
        f'<div class="plot"><div class="scale">{scale}</div>'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{grid}{shapes}</svg>'
        f'<div class="feet">{feet}</div><div class="legend">{_legend(drawn.lines)}</div></div>'
    )


def _bounds(drawn: Plot) -> tuple[float, float]:
    values = [value for line in drawn.lines for _at, value in line.points]
    low, high = min(values), max(values)
    if any(line.bars for line in drawn.lines):
        low = 0
    room = (high - low) * 0.08 or max(abs(high) * 0.05, 0.5)
    return (low if low == 0 else low - room), high + room


def _shape(line: Line, points: list[Point]) -> str:
    if not points:
        return ""
    colour = f"var(--{line.colour})"
    if line.bars:
        return f'<path fill="{colour}" d="{"".join(map(_bar, points))}"/>'
    path = "M" + "L".join(f"{across:.2f} {down:.2f}" for across, down in points)
    style = f'class="line{" dashed" if line.dashed else ""}" stroke="{colour}"'
    return f'<path {style} d="{path}"/>'


def _bar(top: Point) -> str:
    across, down = top
    return f"M{across - BAR / 2:.2f} 100V{down:.2f}h{BAR:.2f}V100Z"


def _foot(at: float, word: str) -> str:
    """The last one ends with the chart."""
    place = "right:0;transform:none" if at > 97 else f"left:{at:.2f}%"
    return f'<span style="{place}">{escape(word)}</span>'


def _legend(lines: tuple[Line, ...]) -> str:
    return "".join(
        f'<span><i style="background:var(--{line.colour})"></i>{escape(line.name)}</span>'
        for line in lines
        if line.name and line.points
    )
