"""RunReplayer: shows a run that has ended again as it happened, faster, in the same messages as a follower of a live one.

The pace is that of the trainer's own clock (`runs.run_replay`). It reads the log once, in a thread, and asks no trainer.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any

from textual.message import Message

from tui_trainer.runs.event_log import Event
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_replay import paced_events
from tui_trainer.ui.run_follower import RunAttached, RunFollower, RunMessage

SHOWN_S = 20.0
"""Seconds that a replay takes about, while nobody changes its speed."""
MIN_SPEED, MAX_SPEED = 1.0, 4096.0
MAX_PAUSE_S = 2.0
"""Seconds of waiting that are shown: a run that was paused for an hour is not paused here."""


class ReplayEnded(RunMessage):
    """The log was played to its end."""


class RunReplayer(RunFollower):
    """`speed` is chosen by the run's length, and may be changed while it plays."""

    def __init__(
        self, run: RunDirectory, post: Callable[[Message], Any], period_s: Callable[[], float], status: RunStatus
    ) -> None:
        """`status` is what the run is now: it has ended."""
        super().__init__(run, post, period_s)
        self.status = status
        self.speed = MIN_SPEED

    def change_speed(self, factor: float) -> None:
        """Faster or slower, within bounds."""
        self.speed = max(MIN_SPEED, min(self.speed * factor, MAX_SPEED))

    async def follow(self) -> None:
        """Play to the end, or until cancelled."""
        events = await asyncio.to_thread(lambda: list(paced_events(self._reader.read_all(), 1.0)))
        self.speed = choose_speed(sum(wait_s for wait_s, _ in events))
        self.is_attached = True
        self._post(RunAttached(self))
        played_at, due_s = time.monotonic(), 0.0
        turn: list[Event] = []
        for wait_s, event in events:
            due_s += min(wait_s, MAX_PAUSE_S * self.speed)
            while due_s > 0:
                await self._fold(turn)
                turn = []
                await asyncio.sleep(self._period_s())
                now = time.monotonic()
                # By the speed as it is now, because keys change it.
                due_s -= (now - played_at) * self.speed
                played_at = now
            turn.append(event)
        await self._fold(turn)
        self._post(ReplayEnded(self))

    def _news_of(self, event: Event) -> list[RunMessage]:
        """As for a live run, but that nothing ends: whoever wants to hear of an end heard of it."""
        return [] if event["event"] == "run_ended" else super()._news_of(event)


def choose_speed(run_s: float) -> float:
    """The power of two, 1 or more, at which a run of `run_s` seconds takes about SHOWN_S."""
    wanted = min(max(run_s / SHOWN_S, MIN_SPEED), MAX_SPEED)
    return float(2 ** round(math.log2(wanted)))
