"""SmoothedValues: the exponential moving average of a growing series, after each of its values.

Divided by 1 - weight^n so that it does not start at zero (the bias correction of Kingma and Ba 2015, section 3). A value that
is no number leaves the average alone and is a gap in it. For band_plot.py; knows no widget.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

_CHUNK = 4096
_NO_BIAS = 1e-17
"""1 less so little is 1."""


class SmoothedValues:
    """`values[i]` is the average after the series' value i; some 0.1 s for a million."""

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self.values: array[float] = array("d")
        self.last = math.nan
        """After the last finite value; NaN before it."""
        self._average = 0.0
        self._bias = 1.0

    def take(self, series: Sequence[float]) -> None:
        """Take in the values that follow those taken so far."""
        for start in range(0, len(series), _CHUNK):
            chunk = series[start : start + _CHUNK]
            # One NaN makes the sum one, which is the cheapest way to see whether there is any.
            if self._bias < _NO_BIAS and math.isfinite(sum(chunk)):
                self._take_finite(chunk)
            else:
                self._take_each(chunk)

    def _take_finite(self, chunk: Sequence[float]) -> None:
        """The same sums as `_take_each`, in a third of the time: no gap, and a correction that is a division by 1."""
        rate, average, append = 1 - self.weight, self._average, self.values.append
        for value in chunk:
            average += rate * (value - average)
            append(average)
        self.last = self._average = average

    def _take_each(self, chunk: Sequence[float]) -> None:
        weight, rate, average, bias = self.weight, 1 - self.weight, self._average, self._bias
        append = self.values.append
        for value in chunk:
            if not math.isfinite(value):
                append(math.nan)
                continue
            average += rate * (value - average)
            bias *= weight
            self.last = average / (1 - bias)
            append(self.last)
        self._average, self._bias = average, bias
