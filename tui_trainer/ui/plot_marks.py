"""What a CurvePlot draws, as plain data: two axes and marks in data coordinates, later marks over earlier ones.

Colours are names of tokens (theme.py), so the same picture can be drawn in any theme. Nothing here draws or knows a widget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """Limits in data coordinates (`minimum` < `maximum`) and labelled ticks, ascending, as (position, label)."""

    minimum: float
    maximum: float
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """Vertical strokes from low to high at x, as (x, low, high)."""

    strokes: Sequence[tuple[float, float, float]]
    token: str


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline; a point whose y is NaN is a gap. A thick one is two braille dots high."""

    points: Sequence[Point]
    token: str
    is_thick: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """A block of braille dots, `columns` x `rows`, centred on each point."""

    points: Sequence[Point]
    token: str
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character a point, over everything else; with `is_on_axis` in the row of the x axis, whatever y is."""

    points: Sequence[Point]
    token: str
    glyph: str
    is_on_axis: bool = False


Mark = Band | Line | Dots | Glyphs
