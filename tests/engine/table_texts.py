"""Tables as text for tests, drawn from a fixed seed: numbers of several kinds, categories, empty cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np

COLOURS = ("red", "green", "blue")


def write_mixed_table(path: Path, num_rows: int = 240, *, with_gaps: bool = False, separator: str = ",") -> Path:
    """Columns age (whole), size (large fractions), colour, share (tiny), flag (true or false) and class (no, yes)."""
    generator = np.random.default_rng(0)
    lines = [separator.join(["age", "size", "colour", "share", "flag", "class"])]
    for row in range(num_rows):
        age, size = int(generator.integers(18, 90)), generator.normal() * 1e6 / 3
        colour, share = COLOURS[int(generator.integers(3))], generator.random() * 1e-7
        flag = bool(generator.integers(2))
        label = "yes" if age / 90 + (colour == "red") + generator.normal() * 0.2 > 0.9 else "no"
        cells = [str(age), repr(float(size)), colour, repr(float(share)), str(flag), label]
        if with_gaps and row % 17 == 3:
            cells[row % 3] = "?" if row % 2 else ""
        lines.append(separator.join(cells))
    path.write_text("\n".join(lines) + "\n")
    return path


def write_frame(path: Path, columns: dict[str, object]) -> Path:
    """Columns of equal length as CSV, numbers with all their digits."""
    rows = zip(*columns.values(), strict=True)  # type: ignore[call-overload]
    lines = [",".join(columns), *(",".join(str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path
