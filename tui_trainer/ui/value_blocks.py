"""ValueBlocks: lowest and highest value of any stretch of a growing series, by those of its blocks. Knows no widget."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from tui_trainer.runs.step_bins import bin_steps

BLOCK_VALUES = 256
Extremes = tuple[float, float, bool]
"""Lowest and highest of the finite values, NaN where there is none, and whether there is one that is not finite."""


class ValueBlocks:
    """Looks at each value once however often it is asked for long stretches; a short one is read as it is."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """For another series, or one whose values have changed."""
        self._lows: list[float] = []
        self._highs: list[float] = []
        self._gaps: list[bool] = []

    def extremes(self, values: Sequence[float], first: int, last: int) -> Extremes | None:
        """Of the values with the indices from `first` up to `last`, which is not included; None where there is none."""
        first_block, last_block = -(-first // BLOCK_VALUES), last // BLOCK_VALUES
        if last_block <= first_block:
            return _read(values, first, last)
        self._grow(values, last_block)
        blocks = slice(first_block, last_block)
        parts = [
            (_of_finite(min, self._lows[blocks]), _of_finite(max, self._highs[blocks]), any(self._gaps[blocks])),
            _read(values, first, first_block * BLOCK_VALUES),
            _read(values, last_block * BLOCK_VALUES, last),
        ]
        lows, highs, gaps = zip(*(part for part in parts if part is not None), strict=True)
        return _of_finite(min, lows), _of_finite(max, highs), any(gaps)

    def _grow(self, values: Sequence[float], num_blocks: int) -> None:
        for block in range(len(self._lows), num_blocks):
            found = _read(values, block * BLOCK_VALUES, (block + 1) * BLOCK_VALUES)
            low, high, has_gap = found or (math.nan, math.nan, False)
            self._lows.append(low)
            self._highs.append(high)
            self._gaps.append(has_gap)


def _of_finite(choose: Callable[[Iterable[float]], float], values: Sequence[float]) -> float:
    finite = [value for value in values if value == value]
    return choose(finite) if finite else math.nan


def _read(values: Sequence[float], first: int, last: int) -> Extremes | None:
    found = bin_steps(values, 1, first + 1, last)
    if not found:
        return None
    [one] = found
    low, high = (math.nan if value is None else value for value in (one.lowest, one.highest))
    return low, high, one.num_gaps > 0
