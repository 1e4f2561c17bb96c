"""EncodedPicture: pixels as a terminal's graphics take them: a sixel sequence, or a PNG in base64 for kitty.

textual-image's encoders do it, and nothing else of it is imported: its `renderable` and `widget` packages ask the terminal what
it can do when they are imported, and its kitty pictures go to standard output, past the bytes of everybody else, while Textual
reads the keys and draws. Encoding takes milliseconds a picture and the import a sixth of a second, so a thread calls this. Only
numbers come in, so no text of a data file can get into a sequence.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tui_trainer.runs.ui_settings import Images
from tui_trainer.ui.pixel_picture import grey_steps

if TYPE_CHECKING:
    from PIL.Image import Image

NUM_STEPS = 64
"""Greys from paper to ink; more make sixels longer, and nobody sees them."""
DEFAULT_CELL = (10, 20)
"""Width and height of a cell, in dots, where the terminal's driver does not know: the VT340's, after which sixels are drawn."""
MAX_CELL = (40, 80)
"""More than that is no cell of a screen, and its pictures would fill the memory."""


@dataclass(frozen=True, slots=True)
class PictureBox:
    """A picture to be drawn over some cells of a widget; the cells have half blocks of it for terminals that draw none."""

    x: int
    y: int
    """Of the left upper cell, from that of the widget's content."""
    columns: int
    rows: int
    pixels: tuple[bytes, ...]
    """Rows of 0 (paper) to 255 (ink)."""
    paper: str
    ink: str
    """As #rrggbb."""


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A box with what the terminal is to be sent for it."""

    box: PictureBox
    data: str
    """A whole sixel sequence, or base64."""


def read_cell_size() -> tuple[int, int]:
    """Width and height of a cell in dots, as the system tells without asking the terminal; else DEFAULT_CELL."""
    if sys.__stderr__ is None:  # where Textual draws
        return DEFAULT_CELL
    try:
        import fcntl
        import termios

        answer = fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (ImportError, OSError, ValueError):
        return DEFAULT_CELL
    rows, columns, width, height = struct.unpack("HHHH", answer)
    cell = (width // columns, height // rows) if rows and columns else (0, 0)
    return cell if all(1 < size <= most for size, most in zip(cell, MAX_CELL, strict=True)) else DEFAULT_CELL


@lru_cache(maxsize=64)
def encode(box: PictureBox, kind: Images, cell: tuple[int, int]) -> EncodedPicture:
    """The picture in all dots of its cells, on paper, as large as its shape allows."""
    image = _draw(box, (box.columns * cell[0], box.rows * cell[1]))
    if kind is Images.SIXEL:
        from textual_image._sixel import image_to_sixels

        return EncodedPicture(box, image_to_sixels(image))
    from textual_image._pixeldata import PixelData

    return EncodedPicture(box, PixelData(image).to_base64())


def _draw(box: PictureBox, size: tuple[int, int]) -> Image:
    """The picture on a sheet of `size` dots, its values as steps of a palette."""
    from PIL import Image

    columns, rows = len(box.pixels[0]), len(box.pixels)
    picture = Image.frombytes("L", (columns, rows), b"".join(box.pixels))
    scale = min(size[0] / columns, size[1] / rows)
    # Whole factors leave all pixels the same size.
    factor = int(scale) if scale >= 2 else scale
    drawn = (max(1, int(columns * factor)), max(1, int(rows * factor)))
    picture = picture.resize(drawn, Image.Resampling.NEAREST if factor >= 2 else Image.Resampling.BOX)
    sheet = Image.new("L", size, 0)
    sheet.paste(picture, ((size[0] - drawn[0]) // 2, (size[1] - drawn[1]) // 2))
    steps = Image.frombytes("P", size, sheet.point([round(value / 255 * (NUM_STEPS - 1)) for value in range(256)]).tobytes())
    steps.putpalette(b"".join(bytes.fromhex(colour[1:7]) for colour in grey_steps(box.paper, box.ink, NUM_STEPS)))
    return steps
