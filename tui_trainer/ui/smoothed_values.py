"""SmoothedValues: the exponential moving average of a series, at the places where somebody asks for it.

Divided by 1 - weight^n so that it does not start at zero (the bias correction of Kingma and Ba 2015, section 3). A value that
is no number leaves the average alone. A picture of a million steps asks at some hundred places, and what lies far before a
place counts for nothing there: so only what counts is looked at. For band_plot.py; knows no widget.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

_NEGLIGIBLE = 1e-12
"""Share of the average below which what went before is left out."""
_LEAST_REACH = 64
"""Values that are looked at whatever the weight, so that a gap of a few has the average before it."""


class SmoothedValues:
    """Asked in rising order each value is looked at once at most: 0.07 s for a million at the largest weight."""

    def __init__(self, weight: float) -> None:
        """`weight` is that of the average so far against the next value, 0 (no smoothing) to below 1."""
        self.weight = weight
        self._reach = max(_LEAST_REACH, math.ceil(math.log(_NEGLIGIBLE) / math.log(weight)) if weight else 0)
        self._weights: list[float] = []
        self.forget()

    def forget(self) -> None:
        """For another series, or one whose values have changed."""
        self._num_taken, self._average, self._bias = 0, 0.0, 1.0

    def after(self, series: Sequence[float], num_values: int) -> float:
        """The average after the first `num_values` of `series`; NaN where none that counts is finite.

        `series` may have grown since the last call.
        """
        if num_values < self._num_taken or num_values - self._num_taken > self._reach:
            self.forget()
            self._num_taken = max(0, num_values - self._reach)
        self._take(series[self._num_taken : num_values])
        self._num_taken = num_values
        return self._average / (1 - self._bias) if self._bias < 1 else math.nan

    def _take(self, part: Sequence[float]) -> None:
        """Add values, at most as many as there are weights."""
        # One NaN makes the sum one, which is the cheapest way to see whether there is any.
        finite = part if math.isfinite(sum(part)) else [value for value in part if math.isfinite(value)]
        if not finite:
            return
        self._weights = self._weights or [self.weight**power for power in reversed(range(self._reach))]
        kept = self.weight ** len(finite)
        fresh = sum(map(mul, finite, self._weights[-len(finite) :]))
        self._average = kept * self._average + (1 - self.weight) * fresh
        self._bias *= kept
