"""Showing a run again: its events, and how long to wait before each at a given speed.

The pace is the trainer's own monotonic clock, so that no clock that was set meanwhile can stretch it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from tui_trainer.runs.event_log import Event

MAX_WAIT_S = 3600.0
"""Longest time between two events that is believed, in seconds of the run."""


def paced_events(events: Iterable[Event], speed: float) -> Iterator[tuple[float, Event]]:
    """(seconds to wait, event) in the order of the log, `speed` times as fast as it was; between attempts there is no wait."""
    attempt, before_s = None, 0.0
    for event in events:
        is_first, elapsed = event.get("attempt") != attempt, _time(event)
        wait_s = 0.0 if is_first or elapsed is None else min(max(0.0, elapsed - before_s), MAX_WAIT_S) / speed
        if is_first:
            attempt, before_s = event.get("attempt"), 0.0
        before_s = before_s if elapsed is None else elapsed
        yield wait_s, event


def _time(event: Event) -> float | None:
    value = event.get("elapsed_s")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
