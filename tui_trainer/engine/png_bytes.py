"""Greys or colours as a PNG, with the standard library alone, for pictures inside reports and for sheets of weights.

Format: PNG, 8 bits a channel, no filter (W3C, Portable Network Graphics, third edition).
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of greys (rows, columns) or colours (rows, columns, 3)."""
    rows, columns = pixels.shape[:2]
    colour_type = 2 if pixels.ndim == 3 else 0
    lines = np.concatenate([np.zeros((rows, 1), dtype=np.uint8), pixels.reshape(rows, -1)], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", columns, rows, 8, colour_type, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(lines, 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """The picture as text that stands in a document."""
    return "data:image/png;base64," + base64.b64encode(encode_png(pixels)).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
