"""Pictures of pixels in a terminal: two rows of pixels a line of half blocks, in sixteen greys, or blue and orange around zero.

Pure functions from pixels to rich text. An image is cut to a window around its ink, so that a digit fills its tile; on a
light theme ink is dark on light paper by the same formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.style import Style
from rich.text import Text

from tui_trainer.runs.pixel_grid import Grid, enlarge, shrink, to_grid
from tui_trainer.ui.examples import Shape
from tui_trainer.ui.shading import mix
from tui_trainer.ui.theme import Tokens

NUM_GREYS = 16
GAMMA = 0.8
UPPER_HALF = "▀"
ZERO = 128
"""A signed pixel of no weight; 0 is the most negative, 255 the most positive."""


def crop_to_ink(pixels: Sequence[int], shape: Shape, size: int) -> Grid:
    """`size` by `size` pixels around the middle of the ink's bounding box; small images grow by whole factors, large shrink."""
    grid = to_grid(pixels, shape)
    longest = max(shape)
    if longest * 2 <= size:
        grid = enlarge(grid, size // longest)
    elif longest > 2 * size:
        grid = shrink(grid, -(-longest // size))
    top, left = _window_corner(grid, size)
    return [[_at(grid, top + y, left + x) for x in range(size)] for y in range(size)]


def crop_or_keep(pixels: Sequence[int], shape: Shape, size: int) -> Grid:
    """For a picture with dots of its own: as `crop_to_ink` where that leaves nothing out, else the whole image as it is."""
    grid = to_grid(pixels, shape)
    rows, columns = _inked(grid)
    is_whole = not rows or max(rows[-1] - rows[0], columns[-1] - columns[0]) < size
    return crop_to_ink(pixels, shape, size) if is_whole and max(shape) <= 2 * size else grid


def _inked(grid: Grid) -> tuple[list[int], list[int]]:
    """Rows and columns that have ink; both are empty where there is none."""
    return [y for y, row in enumerate(grid) if any(row)], [x for x in range(len(grid[0])) if any(row[x] for row in grid)]


def _window_corner(grid: Grid, size: int) -> tuple[int, int]:
    """Top and left of the window; centred on the image where there is no ink."""
    rows, columns = _inked(grid)
    if not rows:
        return (len(grid) - size) // 2, (len(grid[0]) - size) // 2
    return (rows[0] + rows[-1] + 1 - size) // 2, (columns[0] + columns[-1] + 1 - size) // 2


def _at(grid: Grid, y: int, x: int) -> int:
    return grid[y][x] if 0 <= y < len(grid) and 0 <= x < len(grid[0]) else 0


def format_greys(grid: Grid, palette: Tokens) -> list[Text]:
    """The image as lines; an odd last row stands over paper."""
    return _format(grid, grey_table(palette["raised"], palette["text"]), paper=0)


def format_signed(grid: Grid, palette: Tokens) -> list[Text]:
    """Weights around ZERO: negative ones in the blue of train, positive ones in the orange of test."""
    return _format(grid, _signed(palette["raised"], palette["train"], palette["test"]), paper=ZERO)


@lru_cache(maxsize=8)
def grey_steps(paper: str, ink: str, count: int = NUM_GREYS) -> tuple[str, ...]:
    """`count` colours from paper to ink."""
    return tuple(mix(paper, ink, (step / (count - 1)) ** GAMMA) for step in range(count))


@lru_cache(maxsize=8)
def grey_table(paper: str, ink: str) -> tuple[str, ...]:
    """A colour for each of the values 0 to 255, in NUM_GREYS steps from paper to ink."""
    steps = grey_steps(paper, ink)
    return tuple(steps[round(value / 255 * (NUM_GREYS - 1))] for value in range(256))


@lru_cache(maxsize=8)
def _signed(paper: str, low: str, high: str) -> tuple[str, ...]:
    half = NUM_GREYS // 2
    shades = []
    for value in range(256):
        share = round(abs(value - ZERO) / 127 * half) / half
        shades.append(mix(paper, high if value > ZERO else low, min(1.0, share)))
    return tuple(shades)


@lru_cache(maxsize=2048)
def _style(upper: str, lower: str) -> Style:
    return Style(color=upper, bgcolor=lower)


def _format(grid: Grid, colours: tuple[str, ...], paper: int) -> list[Text]:
    lines = []
    for y in range(0, len(grid), 2):
        upper = grid[y]
        lower = grid[y + 1] if y + 1 < len(grid) else [paper] * len(upper)
        line = Text(no_wrap=True, end="")
        start = 0
        for x in range(1, len(upper) + 1):
            if x == len(upper) or (upper[x], lower[x]) != (upper[start], lower[start]):
                line.append(UPPER_HALF * (x - start), _style(colours[upper[start]], colours[lower[start]]))
                start = x
        lines.append(line)
    return lines
