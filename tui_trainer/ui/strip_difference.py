"""Which cells of some lines differ, so that a widget repaints no others. Pure functions of strips."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region
from textual.strip import Strip

BRIDGED_CELLS = 4
"""A gap this short is repainted too: a move of the cursor and a style cost more."""


def changed_spans(before: Sequence[Strip], after: Sequence[Strip], width: int, height: int) -> list[Region]:
    """Regions one line high, in a widget of `width` x `height`, that hold every cell that differs; lines absent are blank."""
    spans = []
    for y in range(min(height, max(len(before), len(after)))):
        old, new = (_cells(lines[y], width) if y < len(lines) else [(" ", None)] * width for lines in (before, after))
        if len(old) != len(new):
            # A character that is two cells wide: cells and characters cannot be told apart here.
            spans.append(Region(0, y, width, 1))
            continue
        changed = [x for x, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
        spans += [Region(start, y, end - start, 1) for start, end in bridge(changed)]
    return spans


def bridge(columns: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending columns as (start, end) spans, `end` not included, with short gaps between them filled."""
    spans: list[tuple[int, int]] = []
    for column in columns:
        if spans and column - spans[-1][1] < BRIDGED_CELLS:
            spans[-1] = (spans[-1][0], column + 1)
        else:
            spans.append((column, column + 1))
    return spans


def _cells(strip: Strip, width: int) -> list[tuple[str, object]]:
    return [(character, segment.style) for segment in strip.adjust_cell_length(width) for character in segment.text]
