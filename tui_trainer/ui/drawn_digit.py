"""A drawing made like the examples that a network learned: cut to its ink, fitted into a box and centred as MNIST was.

LeCun's recipe (http://yann.lecun.com/exdb/mnist/): the digit keeps its proportions, its longer side becomes 20 pixels with the
grey levels of anti-aliasing, and its centre of mass comes to the middle of 28 x 28. For another size the box keeps that share,
and images of under 16 pixels are filled, because their makers left no margin. Plain arithmetic on lists, no numpy.
"""

from __future__ import annotations

import math

from tui_trainer.ui.examples import Shape

BOX_SHARE = 20 / 28
MIN_MARGIN_SIDE = 16
Drawing = list[list[float]]
"""Rows of ink, 0 to 255."""


def normalise_drawing(drawing: Drawing, shape: Shape) -> list[int]:
    """Pixels 0 to 255, row by row, of an image of `shape`; all zero where nothing is drawn."""
    rows, columns = shape
    ink = _cut_to_ink(drawing)
    if not ink:
        return [0] * (rows * columns)
    side = min(rows, columns)
    box = max(1, round(side * BOX_SHARE) if side >= MIN_MARGIN_SIDE else side)
    fitted = _fit(ink, box)
    top, left = _placed(fitted, rows, columns)
    pixels = [0] * (rows * columns)
    for y, row in enumerate(fitted):
        for x, value in enumerate(row):
            if 0 <= top + y < rows and 0 <= left + x < columns:
                pixels[(top + y) * columns + left + x] = min(255, max(0, round(value)))
    return pixels


def _cut_to_ink(drawing: Drawing) -> Drawing:
    rows = [y for y, row in enumerate(drawing) if any(value > 0 for value in row)]
    if not rows:
        return []
    columns = [x for x in range(len(drawing[0])) if any(row[x] > 0 for row in drawing)]
    return [row[columns[0] : columns[-1] + 1] for row in drawing[rows[0] : rows[-1] + 1]]


def _fit(ink: Drawing, box: int) -> Drawing:
    """The longer side becomes `box`; each new pixel is the mean ink over the area that it covers."""
    scale = max(len(ink), len(ink[0])) / box
    height, width = max(1, round(len(ink) / scale)), max(1, round(len(ink[0]) / scale))
    across = [_resample(row, width) for row in ink]
    turned = [_resample(list(column), height) for column in zip(*across, strict=True)]
    return [list(row) for row in zip(*turned, strict=True)]


def _resample(line: list[float], size: int) -> list[float]:
    """Means over equal stretches: exact areas when it shrinks, steps when it grows."""
    stretch = len(line) / size
    return [_mean_between(line, place * stretch, (place + 1) * stretch) for place in range(size)]


def _mean_between(line: list[float], start: float, end: float) -> float:
    total = 0.0
    for place in range(math.floor(start), min(len(line), math.ceil(end - 1e-9))):
        total += line[place] * (min(end, place + 1) - max(start, place))
    return total / (end - start)


def _placed(ink: Drawing, rows: int, columns: int) -> tuple[int, int]:
    """Top and left so that the centre of mass lies in the middle, and all of it inside where it fits."""
    mass = sum(map(sum, ink)) or 1.0
    middle_y = sum((y + 0.5) * sum(row) for y, row in enumerate(ink)) / mass
    middle_x = sum((x + 0.5) * value for row in ink for x, value in enumerate(row)) / mass
    top, left = round(rows / 2 - middle_y), round(columns / 2 - middle_x)
    return _inside(top, len(ink), rows), _inside(left, len(ink[0]), columns)


def _inside(start: int, size: int, whole: int) -> int:
    return max(0, min(start, whole - size)) if size <= whole else start
