"""Pixels of an image, which the engine answers with as one list row by row: as rows, larger, smaller. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

Grid = list[list[int]]


def to_grid(pixels: Sequence[int], shape: Sequence[int]) -> Grid:
    """Pixels of an image of `shape` (rows, columns) as rows."""
    rows, columns = shape
    return [list(pixels[row * columns : (row + 1) * columns]) for row in range(rows)]


def enlarge(grid: Grid, factor: int) -> Grid:
    """Each pixel as a square of `factor`."""
    return [[value for value in row for _ in range(factor)] for row in grid for _ in range(factor)]


def shrink(grid: Grid, factor: int) -> Grid:
    """Each square of `factor` as its mean."""
    return [[_mean(grid, y, x, factor) for x in range(0, len(grid[0]), factor)] for y in range(0, len(grid), factor)]


def _mean(grid: Grid, top: int, left: int, factor: int) -> int:
    values = [value for row in grid[top : top + factor] for value in row[left : left + factor]]
    return round(sum(values) / len(values))
