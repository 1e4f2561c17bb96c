"""StepClock: at which second of its training a run made each step, and with which learning rate, as far as its log tells.

Fed by run_history.py with the last step of each `steps` event; between two of these it is interpolated. Attempts follow each
other without a gap: time in which no trainer lived is not counted. It knows no wall clock, so none that is set can bend it.
"""

from __future__ import annotations

import bisect
import math
from array import array


class StepClock:
    """Rising steps with their seconds (not falling) and learning rates (NaN where the log has none)."""

    def __init__(self) -> None:
        self.steps: array[int] = array("q")
        self.seconds: array[float] = array("d")
        self.lrs: array[float] = array("d")
        self._offset_s = 0.0

    @property
    def last_s(self) -> float:
        """Seconds of the last step that is known; 0 before it."""
        return self.seconds[-1] if self.seconds else 0.0

    def begin_attempt(self, step: int, elapsed_s: float | None) -> None:
        """Forget what lies beyond `step`, and count on from there; `elapsed_s` is the attempt's own clock now."""
        at_s = self.seconds_at(step)
        kept = bisect.bisect_right(self.steps, step)
        del self.steps[kept:], self.seconds[kept:], self.lrs[kept:]
        self._offset_s = at_s - (elapsed_s or 0.0)

    def note(self, step: int, elapsed_s: float | None, lr: float | None) -> None:
        """`step` is done; one that is not beyond the last is left away."""
        if self.steps and step <= self.steps[-1]:
            return
        self.steps.append(step)
        self.seconds.append(self.last_s if elapsed_s is None else max(self.last_s, self._offset_s + elapsed_s))
        self.lrs.append(math.nan if lr is None else lr)

    def seconds_at(self, step: float) -> float:
        """Seconds of training after `step` steps; beyond the last step that is known, its own."""
        return _interpolate(self.steps, self.seconds, step)

    def step_at(self, seconds: float) -> float:
        """Steps done after `seconds` of training, with a fraction; beyond the last that is known, that one."""
        return _interpolate(self.seconds, self.steps, seconds)


def _interpolate(xs: array[float] | array[int], ys: array[float] | array[int], x: float) -> float:
    """The polyline from (0, 0) through all (x, y), level after the last."""
    index = bisect.bisect_right(xs, x)
    if index == len(xs):
        return float(ys[-1]) if ys else 0.0
    x0, y0 = (xs[index - 1], ys[index - 1]) if index else (0.0, 0.0)
    return y0 + (ys[index] - y0) * max(0.0, x - x0) / (xs[index] - x0)
