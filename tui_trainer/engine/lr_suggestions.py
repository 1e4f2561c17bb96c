"""Where on the curve of a learning-rate finder a good rate lies, by fastai's three rules; plain arithmetic on two lists.

Sources: fastai/callback/schedule.py, functions `valley`, `steep` and `minimum`; Smith 2017, "Cyclical Learning Rates for
Training Neural Networks", section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MIN_POINTS = 4
"""Fewer say nothing about a slope."""
SKIPPED_LAST = 5
"""Points at the end that are left out, as the loss is on its way up there."""

Floats = Sequence[float]


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to read the curve: rates and smoothed losses -> rate."""

    name: str
    help: str
    source: str
    find: Callable[[Floats, Floats], float]


def trim(rates: Floats, losses: Floats, num_steps: int) -> tuple[Floats, Floats]:
    """Without the first tenth of the planned steps, before the smoothed loss means something, and the last five."""
    kept = slice(num_steps // 10, -SKIPPED_LAST)
    return rates[kept], losses[kept]


def valley(rates: Floats, losses: Floats) -> float:
    """In the middle of the longest decreasing subsequence of losses, as fastai finds it: one third and half of another."""
    lengths = [1] * len(losses)
    end = 0
    for index in range(1, len(losses)):
        for before in range(index):
            if losses[index] < losses[before] and lengths[index] < lengths[before] + 1:
                lengths[index] = lengths[before] + 1
        if lengths[end] < lengths[index]:
            end = index
    start = end - lengths[end]
    section = (end - start) / 3
    return rates[max(0, start + int(section) + int(section / 2))]


def steep(rates: Floats, losses: Floats) -> float:
    """Where the loss falls fastest over the logarithm of the rate."""
    slopes = [
        (losses[index + 1] - losses[index]) / (math.log(rates[index + 1]) - math.log(rates[index]))
        for index in range(len(rates) - 1)
    ]
    return rates[slopes.index(min(slopes))]


def minimum(rates: Floats, losses: Floats) -> float:
    """A tenth of the rate at which the loss was lowest."""
    return rates[min(range(len(losses)), key=losses.__getitem__)] / 10


RULES = (
    Rule("valley", "half-way down the longest fall of the loss", "fastai, valley", valley),
    Rule("steep", "where the loss falls fastest", "fastai, steep", steep),
    Rule("minimum", "a tenth of the rate with the lowest loss", "fastai, minimum; Smith 2017", minimum),
)
"""The first one that applies is the one to take."""
