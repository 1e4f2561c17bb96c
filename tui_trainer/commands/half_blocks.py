"""Pictures of pixels on a terminal, for commands: two rows of pixels a line of half blocks, greys, or orange and blue around 0.

Pure functions from pixels to rich text, and whether this terminal can show it: a pipe, a terminal of sixteen colours and one
without Unicode get tables alone. rich comes with the first picture.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_trainer.commands.streams import is_terminal
from tui_trainer.runs.pixel_grid import Grid, enlarge, shrink, to_grid
from tui_trainer.runs.safe_text import safe_text

if TYPE_CHECKING:
    from rich.text import Text

ADDS, TAKES = (230, 159, 0), (0, 114, 178)
"""Okabe and Ito's orange and blue, as on the sheet that the engine writes."""
ZERO = 128
UPPER_HALF = "▀"
GAP = 2
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """An image with the line above it."""

    caption: str
    pixels: Sequence[int]
    """0 to 255, row by row."""


def can_show_pictures() -> bool:
    """Whether standard output is a terminal with half blocks and at least 256 colours."""
    if not is_terminal(sys.stdout) or not (sys.stdout.encoding or "").lower().startswith("utf"):
        return False
    from rich.console import Console

    console = Console(file=sys.stdout)
    return not console.no_color and console.color_system in ("256", "truecolor", "windows")


def terminal_columns() -> int:
    """Of the terminal, 80 where it does not say."""
    return shutil.get_terminal_size().columns


def format_pictures(
    pictures: Sequence[Picture], shape: Sequence[int], *, size: int, columns: int, colour: Callable[[int], Colour], paper: int
) -> list[Text]:
    """Lines of at most `columns`: pictures of `shape` (rows, columns), about `size` pixels wide, beside each other."""
    from rich.text import Text

    tiles = [_format_tile(picture, shape, size, colour, paper) for picture in pictures]
    if not tiles:
        return []
    across = max(1, (columns + GAP) // (tiles[0][0].cell_len + GAP))
    lines: list[Text] = []
    for start in range(0, len(tiles), across):
        band = zip(*tiles[start : start + across], strict=True)
        lines += [Text(" " * GAP).join(row) for row in band] + [Text()]
    return lines


def grey(value: int) -> Colour:
    """Ink as bright as it is."""
    return value, value, value


def signed(value: int) -> Colour:
    """White at ZERO, orange above, blue below."""
    share, ink = min(1.0, abs(value - ZERO) / 127), ADDS if value > ZERO else TAKES
    red, green, blue = (round(255 + (part - 255) * share) for part in ink)
    return red, green, blue


def resize(pixels: Sequence[int], shape: Sequence[int], size: int) -> Grid:
    """Rows of pixels: small images grow by a whole factor to at most `size` a side, large ones shrink by one to as much."""
    grid, longest = to_grid(pixels, shape), max(shape)
    return shrink(grid, -(-longest // size)) if longest > size else enlarge(grid, size // longest)


def _format_tile(picture: Picture, shape: Sequence[int], size: int, colour: Callable[[int], Colour], paper: int) -> list[Text]:
    from rich.style import Style
    from rich.text import Text

    grid = resize(picture.pixels, shape, size)
    caption = Text(safe_text(picture.caption, 100))
    caption.truncate(len(grid[0]), overflow="ellipsis", pad=True)
    lines = [caption]
    for y in range(0, len(grid), 2):
        line, lower = Text(), grid[y + 1] if y + 1 < len(grid) else [paper] * len(grid[y])
        for above, below in zip(grid[y], lower, strict=True):
            line.append(UPPER_HALF, Style.parse(f"{_hex(colour(above))} on {_hex(colour(below))}"))
        lines.append(line)
    return lines


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
