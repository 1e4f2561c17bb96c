"""The curve of a learning-rate finder in characters: smoothed loss over the logarithm of the rate. A pure function."""

from __future__ import annotations

import math
from collections.abc import Sequence

COLUMNS, ROWS = 60, 10
_LABEL = 8
_STEEPEST = 2.0
"""The picture ends at this many times the first loss, so that a divergence does not flatten everything before it."""


def format_curve(points: Sequence[Sequence[float]], marked: float | None, *, is_unicode: bool) -> list[str]:
    """Lines of at most 70 characters: the curve, the rate `marked` by an upright line, and an axis with each second decade."""
    if len(points) < 2:
        return []
    low_lr, high_lr = (math.log10(points[index][0]) for index in (0, -1))
    losses = [loss for _, loss in points]
    low, high = min(losses), min(max(losses), _STEEPEST * losses[0])
    dot, bar, rule = ("•", "│", "─") if is_unicode else ("*", "|", "-")

    def column(rate: float) -> int:
        return round((math.log10(rate) - low_lr) / ((high_lr - low_lr) or 1) * (COLUMNS - 1))

    cells = [[" "] * COLUMNS for _ in range(ROWS)]
    if marked is not None and points[0][0] <= marked <= points[-1][0]:
        for row in cells:
            row[column(marked)] = bar
    for rate, loss in points:
        share = (min(loss, high) - low) / ((high - low) or 1)
        cells[round((1 - share) * (ROWS - 1))][column(rate)] = dot
    labels = {0: f"{high:.3g}", ROWS - 1: f"{low:.3g}"}
    lines = [f"{labels.get(index, ''):>{_LABEL - 1}} {''.join(row)}".rstrip() for index, row in enumerate(cells)]
    return [*lines, " " * _LABEL + rule * COLUMNS, _axis(low_lr, high_lr)]


def _axis(low: float, high: float) -> str:
    """Each second decade under its place."""
    text = [" "] * (COLUMNS + _LABEL)
    for decade in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1, 2):
        place = round((decade - low) / ((high - low) or 1) * (COLUMNS - 1))
        label = f"1e{decade}"
        text[place : place + len(label)] = label
    return " " * _LABEL + "".join(text[:COLUMNS]).rstrip()
