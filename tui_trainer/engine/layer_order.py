"""The order in which people read a network's tensors: fc2 before fc10, a layer's weight before its bias.

A file keeps its tensors in an order of its own. A pure function for `sorted`.
"""

from __future__ import annotations

import re

_PARTS = {"weight": 0, "bias": 1}
Key = tuple[list[tuple[bool, int, str]], int, str]


def reading_order(name: str) -> Key:
    """The sort key of a state_dict's key: numbers in it count as numbers, and stand before letters."""
    layer, _, part = name.rpartition(".")
    pieces = [piece for piece in re.split(r"(\d+)", layer) if piece]
    # isdecimal also takes digits of other scripts, which int understands too.
    natural = [(not piece.isdecimal(), int(piece) if piece.isdecimal() else 0, piece) for piece in pieces]
    return natural, _PARTS.get(part, len(_PARTS)), part
