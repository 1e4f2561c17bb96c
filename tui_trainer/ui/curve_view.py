"""CurveView: how a person looks at the curves of one run: smoothing, axes, window and cursor. Plain data that keys change.

A window is (start, end) in steps done: the steps start + 1 to end. Nothing here draws or knows a widget.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

SMOOTHING = 0.985
WEIGHTS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.97, SMOOTHING, 0.99, 0.995, 0.998, 0.999)
"""What + and - step through; 0 is no smoothing."""
MIN_WINDOW = 8
"""Steps: the closest zoom."""
RECENT_SHARE = 10
"""The recent window is this part of the planned run, at least RECENT_STEPS."""
RECENT_STEPS = 100
_RECENT_MOVES = 4
"""The recent window moves by a fourth of itself, because each move sends the whole picture."""

Window = tuple[int, int]


class XUnit(StrEnum):
    """What the x axis counts."""

    EPOCH = "epoch"
    STEP = "step"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class CurveView:
    """One way to look; each method gives another."""

    weight: float = SMOOTHING
    """Of the smoothed loss, 0 to below 1."""
    is_log: bool = True
    unit: XUnit = XUnit.EPOCH
    window: Window | None = None
    """What was zoomed to; None for the whole run or its recent part."""
    is_recent: bool = False
    cursor: int | None = None
    """The step that is read, from 1; None without a cursor."""

    def shown(self, num_steps: int, num_taken: int) -> Window:
        """The window of a run of `num_steps` planned steps of which `num_taken` are done."""
        num_steps = max(1, num_steps, num_taken)
        if self.window is not None:
            return self.window
        length = min(num_steps, max(RECENT_STEPS, num_steps // RECENT_SHARE))
        if not self.is_recent or length == num_steps:
            return 0, num_steps
        stride = max(1, length // _RECENT_MOVES)
        end = max(length, -(-num_taken // stride) * stride)
        return end - length, end

    def smoother(self, direction: int) -> CurveView:
        """The next weight up (1) or down (-1)."""
        nearest = min(range(len(WEIGHTS)), key=lambda index: abs(WEIGHTS[index] - self.weight))
        return replace(self, weight=WEIGHTS[max(0, min(nearest + direction, len(WEIGHTS) - 1))])

    def without_smoothing(self) -> CurveView:
        """No smoothing; where there is none, the usual one."""
        return replace(self, weight=0.0 if self.weight else SMOOTHING)

    def with_next_unit(self) -> CurveView:
        """The x axis' next unit."""
        units = list(XUnit)
        return replace(self, unit=units[(units.index(self.unit) + 1) % len(units)])

    def with_other_window(self) -> CurveView:
        """From a zoom to the whole run, from there to its recent part, and back."""
        if self.window is not None:
            return replace(self, window=None, is_recent=False)
        return replace(self, is_recent=not self.is_recent)

    def zoomed(self, direction: int, num_steps: int, num_taken: int) -> CurveView:
        """Half (1) or twice (-1) the steps, around the cursor or else the newest step; the whole run where all are in sight."""
        num_steps = max(1, num_steps, num_taken)
        start, end = self.shown(num_steps, num_taken)
        length = max(MIN_WINDOW, (end - start) // 2) if direction > 0 else (end - start) * 2
        if length >= num_steps:
            return replace(self, window=None, is_recent=False)
        centre = self.cursor if self.cursor is not None else min(num_taken, end)
        return replace(self, window=_clamped(centre - length // 2, length, num_steps), is_recent=False)

    def panned(self, direction: int, num_steps: int, num_taken: int) -> CurveView:
        """The window half of itself to the right (1) or left (-1); the whole run stays where it is."""
        start, end = self.shown(num_steps, num_taken)
        length = end - start
        if length >= max(num_steps, num_taken):
            return self
        moved = _clamped(start + direction * max(1, length // 2), length, max(num_steps, num_taken))
        return replace(self, window=moved, is_recent=False)

    def read_at(self, step: int, num_steps: int, num_taken: int) -> CurveView:
        """The cursor on `step`, as near as there is one, and a window that holds it."""
        step = max(1, min(step, num_taken))
        start, end = self.shown(num_steps, num_taken)
        if start < step <= end:
            return replace(self, cursor=step)
        length = end - start
        moved = _clamped(step - 1 if step <= start else step - length, length, max(num_steps, num_taken))
        return replace(self, cursor=step, window=moved, is_recent=False)

    def without_cursor(self) -> CurveView:
        """No cursor; the window stays."""
        return replace(self, cursor=None)


def _clamped(start: int, length: int, num_steps: int) -> Window:
    start = max(0, min(start, num_steps - length))
    return start, start + length
