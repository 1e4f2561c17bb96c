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
        self._blocks: list[Extremes] = []

    def extremes(self, values: Sequence[float], first: int, last: int) -> Extremes | None:
        """Of the values with the indices from `first` up to `last`, which is not included; None where there is none."""
        first_block, last_block = -(-first // BLOCK_VALUES), last // BLOCK_VALUES
        if last_block <= first_block:
            return _read(values, first, last)
        for start in range(len(self._blocks) * BLOCK_VALUES, last_block * BLOCK_VALUES, BLOCK_VALUES):
            self._blocks += filter(None, [_read(values, start, start + BLOCK_VALUES)])
        ends = _read(values, first, first_block * BLOCK_VALUES), _read(values, last_block * BLOCK_VALUES, last)
        lows, highs, gaps = zip(*self._blocks[first_block:last_block], *filter(None, ends), strict=True)
        return _of_numbers(min, lows), _of_numbers(max, highs), any(gaps)


def _of_numbers(choose: Callable[[Iterable[float]], float], values: Sequence[float]) -> float:
    """The lowest or highest without NaN; NaN where nothing else is there."""
    numbers = [value for value in values if not math.isnan(value)]
    return choose(numbers) if numbers else math.nan


def _read(values: Sequence[float], first: int, last: int) -> Extremes | None:
    found = bin_steps(values, 1, first + 1, last)
    if not found:
        return None
    [one] = found
    low, high = (math.nan if value is None else value for value in (one.lowest, one.highest))
    return low, high, one.num_gaps > 0
