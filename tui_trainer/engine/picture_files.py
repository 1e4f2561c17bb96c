"""A picture from a file as greys of a network's size, light ink on dark ground as MNIST has it.

Needs pillow, which is imported here alone. A picture of another size is fitted as MNIST's were: its ink scaled into a box of
20/28 of the side, centred by its mass (LeCun et al. 1998; yann.lecun.com/exdb/mnist).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.text_lines import open_regular
from tui_trainer.runs.errors import DataError, ResourceError
from tui_trainer.runs.safe_text import safe_text

MAX_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "WEBP", "TIFF")
INK_SHARE = 20 / 28

Greys = NDArray[np.float64]


def read_picture(path: Path, shape: tuple[int, int]) -> tuple[Greys, str]:
    """(greys (rows, columns) from 0 to 255, what was done to them); DataError for what is no picture of a sane size."""
    try:
        from PIL import Image
    except ImportError:
        raise ResourceError("pictures are read with pillow; pip install 'mlp-tui[images]'") from None
    shown = safe_text(path.name, 100)
    try:
        with open_regular(path) as file, Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise DataError(f"{shown} has {picture.width:,} x {picture.height:,} pixels; make it smaller")
            greys = _to_greys(picture)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise DataError(f"{shown} is no picture that can be read ({safe_text(error, 80)})") from None
    return fit_picture(greys, shape)


def _to_greys(picture: Any) -> Greys:
    """A transparent ground counts as white."""
    from PIL import Image

    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    return np.asarray(picture.convert("L"), dtype=np.float64)


def fit_picture(greys: Greys, shape: tuple[int, int]) -> tuple[Greys, str]:
    """`greys` of any size at `shape`, and what was done; a light ground is made dark."""
    notes = []
    border = np.concatenate([greys[0], greys[-1], greys[:, 0], greys[:, -1]])
    if np.median(border) > 127:
        greys, notes = 255 - greys, ["its light ground was made dark"]
    if greys.shape == shape:
        return greys, "; ".join(notes)
    notes.append(f"its ink was scaled and centred into {shape[0]} x {shape[1]} as MNIST's was")
    return _centre(greys, shape), "; ".join(notes)


def _centre(greys: Greys, shape: tuple[int, int]) -> Greys:
    from PIL import Image

    rows, columns = np.nonzero(greys > 0.1 * max(greys.max(), 1.0))
    fitted = np.zeros(shape)
    if not len(rows):
        return fitted
    ink = greys[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = INK_SHARE * min(shape[0] / ink.shape[0], shape[1] / ink.shape[1])
    height, width = (max(1, round(size * scale)) for size in ink.shape)
    small = Image.fromarray(ink.astype(np.uint8)).resize((width, height), Image.Resampling.LANCZOS)
    values = np.asarray(small, dtype=np.float64)
    total = values.sum() or 1.0
    middle = (values.sum(axis=1) @ np.arange(height) / total, values.sum(axis=0) @ np.arange(width) / total)
    top, left = (
        int(np.clip(round((whole - 1) / 2 - centre), 0, whole - size))
        for whole, centre, size in zip(shape, middle, (height, width), strict=True)
    )
    fitted[top : top + height, left : left + width] = values
    return fitted
