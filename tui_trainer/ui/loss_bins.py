"""LossBins: the losses of a run of any length, in a fixed number of bins over all its planned steps.

Bins are fixed to steps, so what was drawn once stays where it is. Each keeps the lowest and highest loss, and the smoothed
loss after its last step: an exponential moving average with factor SMOOTHING, divided by 1 - SMOOTHING^n so that it does not
start at zero (the bias correction of Kingma and Ba 2015, section 3). For loss_plot.py; knows no widget.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SMOOTHING = 0.985
MAX_BINS = 4096


@dataclass(frozen=True, slots=True)
class LossColumn:
    """Losses of the steps from `first_step` to `last_step` (from 1): extremes and smoothed value, NaN where none is finite."""

    first_step: int
    last_step: int
    lowest: float
    highest: float
    smoothed: float
    has_gap: bool


class LossBins:
    """Takes in losses step by step; `columns` answers for any width."""

    def __init__(self, num_steps: int) -> None:
        self.num_steps = max(1, num_steps)
        self.num_taken = 0
        """Steps taken in so far."""
        self.smoothed = math.nan
        """Smoothed loss after the last finite one."""
        self._num_bins = min(MAX_BINS, self.num_steps)
        self._lowest = [math.inf] * self._num_bins
        self._highest = [-math.inf] * self._num_bins
        self._smoothed = [math.nan] * self._num_bins
        self._gaps: set[int] = set()
        self._average = 0.0
        self._bias = 1.0

    def take(self, losses: Sequence[float]) -> None:
        """Take in the losses that follow those taken so far; NaN is a gap. Steps past `num_steps` fall into the last bin."""
        for loss in losses:
            self.num_taken += 1
            index = min((self.num_taken - 1) * self._num_bins // self.num_steps, self._num_bins - 1)
            if not math.isfinite(loss):
                self._gaps.add(index)
                continue
            self._average += (1 - SMOOTHING) * (loss - self._average)
            self._bias *= SMOOTHING
            self.smoothed = self._average / (1 - self._bias)
            self._smoothed[index] = self.smoothed
            if loss < self._lowest[index]:
                self._lowest[index] = loss
            if loss > self._highest[index]:
                self._highest[index] = loss

    def columns(self, num_columns: int) -> list[LossColumn]:
        """The columns that hold a step taken so far, of `num_columns` equal ones over the whole run."""
        num_columns = max(1, min(num_columns, self._num_bins))
        last_bin = min((self.num_taken - 1) * self._num_bins // self.num_steps, self._num_bins - 1) if self.num_taken else -1
        found = []
        for column in range(num_columns):
            start, end = column * self._num_bins // num_columns, (column + 1) * self._num_bins // num_columns
            if start > last_bin:
                break
            found.append(self._column(start, end))
        return found

    def _column(self, start: int, end: int) -> LossColumn:
        lowest, highest = min(self._lowest[start:end]), max(self._highest[start:end])
        smoothed = next((value for value in reversed(self._smoothed[start:end]) if math.isfinite(value)), math.nan)
        first = start * self.num_steps // self._num_bins + 1
        last = end * self.num_steps // self._num_bins
        has_gap = any(index in self._gaps for index in range(start, end)) if self._gaps else False
        is_empty = not math.isfinite(lowest)
        return LossColumn(first, last, math.nan if is_empty else lowest, math.nan if is_empty else highest, smoothed, has_gap)
