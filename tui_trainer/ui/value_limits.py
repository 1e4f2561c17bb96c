"""The y limits of a curve: all of it but outliers, which must not squash the rest; held while they fit. Pure functions.

On a logarithmic axis limits are those of the logarithms' values, not the logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

MIN_VALUE = 1e-12
"""A value of zero is drawn here: it has no logarithm."""
OUTSIDE_SHARE = 0.05
"""Part of the columns at either end that may be outliers."""
OUTLIER_FACTOR = 3.0
"""Linear axis: a value beyond this times what the others need is one."""
OUTLIER_DECADES = 2.5
"""Logarithmic axis: a value this many decades beyond the others is one."""

Limits = tuple[float, float]


def needed_limits(lows: Sequence[float], highs: Sequence[float], *, is_log: bool) -> Limits | None:
    """Limits that hold what is no outlier of columns with these extremes (finite, as many of each); None for no column."""
    if not lows:
        return None
    lows, highs = sorted(lows), sorted(highs)
    cut = math.ceil(OUTSIDE_SHARE * (len(lows) - 1))
    if is_log:
        return _log_limits(lows, highs, cut)
    low, high = lows[cut], highs[-1 - cut]
    span = max(high - low, abs(high) * 1e-3, MIN_VALUE)
    # From zero where values come near it: else half of a falling curve would look like nothing.
    bottom = lows[0] if low - lows[0] <= (OUTLIER_FACTOR - 1) * span else low
    top = highs[-1] if highs[-1] - high <= (OUTLIER_FACTOR - 1) * span else high
    return (0.0 if 0 <= bottom < top / 2 else bottom), max(top, bottom + MIN_VALUE)


def _log_limits(lows: Sequence[float], highs: Sequence[float], cut: int) -> Limits:
    factor = 10**OUTLIER_DECADES
    low, high = max(MIN_VALUE, lows[cut]), max(MIN_VALUE, highs[-1 - cut])
    top = highs[-1] if highs[-1] <= high * factor else high
    smallest = max(MIN_VALUE, lows[0])
    bottom = smallest if smallest >= low / factor else low
    return bottom, max(top, bottom)


def held_limits(before: Limits | None, needed: Limits, *, is_log: bool) -> Limits:
    """`before` while it holds `needed` and is not much too wide; else limits with air, so that the axis moves seldom."""
    if before is not None and before[0] <= needed[0] and needed[1] <= before[1] and not _is_wide(before, needed, is_log=is_log):
        return before
    low, high = needed
    if is_log:
        return 10 ** (math.floor(2 * math.log10(low)) / 2), high * 1.05
    air = 0.05 * (high - low)
    return (0.0 if low == 0 else low - air), high + air


def _is_wide(before: Limits, needed: Limits, *, is_log: bool) -> bool:
    if is_log:
        return math.log10(before[1] / needed[1]) + math.log10(needed[0] / before[0]) > 2
    return before[1] - before[0] > 2.2 * (needed[1] - needed[0])
