"""Pictures of many units on one sheet, as a PNG: orange where a weight adds, blue where it takes away, white where it is 0.

The colours are Okabe and Ito's, which people with any colour vision tell apart. A pure function from signed pixels to bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.png_bytes import encode_png

ADDS, TAKES = (230, 159, 0), (0, 114, 178)
ZERO = 128
"""A pixel of no weight; 0 is the most negative, 255 the most positive."""
TILE_SIDE = 84
"""Pixels that the longer side of a picture has at least, by a whole factor, unless it is larger by itself."""
GAP = 6
BETWEEN = 96
"""Grey of the gaps."""


def draw_sheet(units: Sequence[Sequence[int]], shape: Sequence[int]) -> bytes:
    """The PNG of `units`, each `shape` (rows, columns) signed pixels row by row, in as square a sheet as they fill."""
    factor = max(1, -(-TILE_SIDE // max(shape)))
    tile_rows, tile_columns = shape[0] * factor, shape[1] * factor
    across = max(1, math.ceil(math.sqrt(len(units))))
    down = max(1, math.ceil(len(units) / across))
    sheet = np.full((GAP + down * (tile_rows + GAP), GAP + across * (tile_columns + GAP), 3), BETWEEN, dtype=np.uint8)
    for place, pixels in enumerate(units):
        top = GAP + place // across * (tile_rows + GAP)
        left = GAP + place % across * (tile_columns + GAP)
        tile = colour_signed(np.asarray(pixels).reshape(shape[0], shape[1]))
        sheet[top : top + tile_rows, left : left + tile_columns] = tile.repeat(factor, axis=0).repeat(factor, axis=1)
    return encode_png(sheet)


def colour_signed(pixels: NDArray[np.int_]) -> NDArray[np.uint8]:
    """(rows, columns, 3) colours of signed pixels (rows, columns)."""
    share = np.minimum(np.abs(pixels - ZERO) / 127, 1.0)[..., None]
    ink = np.where((pixels > ZERO)[..., None], ADDS, TAKES)
    colours: NDArray[np.uint8] = np.rint(255 + (ink - 255) * share).astype(np.uint8)
    return colours
