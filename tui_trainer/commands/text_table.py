"""Tables as plain lines, the same on a terminal and in a pipe; cells are made safe by whoever prints the lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

_GAP = "  "


def format_table(heading: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Collection[int] = ()) -> list[str]:
    """A line for the heading and one for each row, columns as wide as their widest cell; those in `right` end in line."""
    cells = [list(heading), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heading))]
    return [
        _GAP.join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
