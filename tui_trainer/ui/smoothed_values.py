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
_STRIDE = 256
"""Values from one kept average to the next: another zoom asks at other places of the same series."""
_LEAST_REACH = _STRIDE
"""Values that are looked at whatever the weight, so that a gap of a few has the average before it."""


class SmoothedValues:
    """Asked in rising order each value is looked at once at most: 0.07 s for a million at the largest weight.

    Asked again, at most _STRIDE values a place, wherever it has been before.
    """

    def __init__(self, weight: float) -> None:
        """`weight` is that of the average so far against the next value, 0 (no smoothing) to below 1."""
        self.weight = weight
        self._reach = max(_LEAST_REACH, math.ceil(math.log(_NEGLIGIBLE) / math.log(weight)) if weight else 0)
        self._weights: list[float] = []
        self.forget()

    def forget(self) -> None:
        """For another series, or one whose values have changed."""
        self._kept: dict[int, tuple[float, float]] = {}
        self._begin_at(0)

    def _begin_at(self, num_values: int, average: float = 0.0, bias: float = 1.0) -> None:
        self._num_taken, self._average, self._bias = num_values, average, bias
        self._whole_from = num_values

    def after(self, series: Sequence[float], num_values: int) -> float:
        """The average after the first `num_values` of `series`; NaN where none that counts is finite.

        `series` may have grown since the last call.
        """
        self._come_near(num_values)
        while self._num_taken < num_values:
            end = min(num_values, self._num_taken - self._num_taken % _STRIDE + _STRIDE)
            self._take(series[self._num_taken : end])
            self._num_taken = end
            if end % _STRIDE == 0 and end >= self._whole_from:
                self._kept[end] = self._average, self._bias
        return self._average / (1 - self._bias) if self._bias < 1 else math.nan

    def _come_near(self, num_values: int) -> None:
        """Go on from where it is, or from a kept average, or leave out what does not count."""
        distance = num_values - self._num_taken
        if 0 <= distance <= _STRIDE:
            return
        place = num_values - num_values % _STRIDE
        if place in self._kept:
            self._begin_at(place, *self._kept[place])
        elif not 0 <= distance <= self._reach:
            self._begin_at(max(0, num_values - self._reach))
            self._whole_from = num_values

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
