"""TimeBudget: how long a run has trained, over all its attempts, and whether that is enough."""

from __future__ import annotations

import time


class TimeBudget:
    """Counts seconds of training; those of a pause are left out by `leave_out`."""

    def __init__(self, limit_s: float) -> None:
        """`limit_s` of 0: no limit."""
        self.limit_s = limit_s
        self._begun_at = time.monotonic()
        self._before_s = 0.0

    def begin(self, before_s: float) -> None:
        """Start the clock; `before_s` seconds were trained in earlier attempts."""
        self._begun_at, self._before_s = time.monotonic(), before_s

    def leave_out(self, seconds: float) -> None:
        """Seconds in which the run was paused."""
        self._begun_at += seconds

    @property
    def used_s(self) -> float:
        """Seconds trained so far."""
        return self._before_s + time.monotonic() - self._begun_at

    @property
    def is_spent(self) -> bool:
        """Whether the run is to end."""
        return self.limit_s > 0 and self.used_s >= self.limit_s
