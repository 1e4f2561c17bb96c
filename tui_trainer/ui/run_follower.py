"""RunFollower: reads a run's event log as it grows and tells a screen what happened, in messages that are past-tense facts.

One asynchronous worker runs `follow`. It reads whole lines from the last offset, at most MAX_TURN_BYTES a turn, at the pace
that it was given, parses off the loop where a turn is large, and folds the events into `history`, which only the loop touches.
The messages say that something is new; what is new stands in the history. It knows no widget, writes nothing, and goes on
after the run's end, because the run may be resumed by anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from textual.message import Message

from tui_trainer.runs.event_log import Event, EventReader, finite_number
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import EpochRecord, RunHistory
from tui_trainer.runs.ui_settings import DEFAULT_UI

PERIOD_S = 1 / DEFAULT_UI.fps
"""Seconds from turn to turn, and so from picture to picture, where nobody says another pace."""
IDLE_S = 1.0
"""Seconds between turns once it has ended."""
LIVENESS_S = 1.0
"""Seconds between two looks at the trainer's lock, so that a death is seen within two."""
MAX_TURN_BYTES = 1 << 20
OFF_LOOP_BYTES = 48_000
"""Larger turns are parsed in a thread: more would keep the loop for over 5 ms (measured: 25 MB/s for parsing and folding)."""
FOLD_BATCH = 16
"""Events folded before the loop may do something else."""


class RunMessage(Message):
    """Something happened to the run that `follower` follows."""

    def __init__(self, follower: RunFollower) -> None:
        super().__init__()
        self.follower = follower


class RunAttached(RunMessage):
    """The log as it was has been read: the history is complete up to now."""


class AttemptStarted(RunMessage):
    """A new attempt began; losses and epochs beyond its first step are gone from the history."""


class StepsRecorded(RunMessage):
    """Steps were added to the history; only the last of several such messages counts."""

    def can_replace(self, message: Message) -> bool:
        """Replace one of the same kind that still waits."""
        return isinstance(message, StepsRecorded)


class EpochEnded(RunMessage):
    """`epoch` was added to the history."""

    def __init__(self, follower: RunFollower, epoch: EpochRecord) -> None:
        super().__init__(follower)
        self.epoch = epoch


class CheckpointsChanged(RunMessage):
    """A checkpoint was saved or deleted; only the last of several such messages counts."""

    def can_replace(self, message: Message) -> bool:
        """Replace one of the same kind that still waits."""
        return isinstance(message, CheckpointsChanged)


class StatusChanged(RunMessage):
    """The run does something else than before: `follower.status`."""


class RunEnded(RunMessage):
    """The trainer wrote how it ended."""


class WarningRaised(RunMessage):
    """The trainer warned: `event` has code and message, as they stand in the log."""

    def __init__(self, follower: RunFollower, event: Event) -> None:
        super().__init__(follower)
        self.event = event


class RequestRefused(RunMessage):
    """The trainer refused a request of a viewer: `event` has kind and reason."""

    def __init__(self, follower: RunFollower, event: Event) -> None:
        super().__init__(follower)
        self.event = event


class RunRemoved(RunMessage):
    """The run's folder is no longer there."""


class RunFollower:
    """Follows one run; `post` takes the messages, on the loop."""

    def __init__(
        self, run: RunDirectory, post: Callable[[Message], Any], period_s: Callable[[], float] = lambda: PERIOD_S
    ) -> None:
        """`period_s`: seconds from one turn to the next while the run lives, asked at each."""
        self.run = run
        self.history = RunHistory()
        self.status = RunStatus.UNKNOWN
        """What the run did when it was last looked at."""
        self.is_attached = False
        """Whether the log has been read to its end once."""
        self.epoch_age_s = 0.0
        """Seconds from the end of the last epoch (or the attempt's begin) to the last event, by the trainer's clock."""
        self._post, self._period_s = post, period_s
        self._reader = EventReader(run.events_path)
        self._looked_at = 0.0
        self._epoch_began_s = 0.0
        self._is_removed = False

    async def follow(self) -> None:
        """Read until cancelled, or until the run is removed."""
        while not self._is_removed:
            is_behind = await self.read_turn()
            if not is_behind:
                await asyncio.sleep(self._pause_s())

    def _pause_s(self) -> float:
        return self._period_s() if self.status.is_live else IDLE_S

    async def read_turn(self) -> bool:
        """One turn; whether there is more to read at once."""
        num_pending = self._count_pending()
        if num_pending:
            await self._take(num_pending)
        is_behind = num_pending > MAX_TURN_BYTES
        if not is_behind:
            await self._look_at_trainer()
            if not self.is_attached:
                self.is_attached = True
                self._post(RunAttached(self))
        return is_behind

    @property
    def damaged_lines(self) -> int:
        """Lines of the log that were skipped."""
        return self._reader.damaged_lines + self.history.damaged_lines

    def _count_pending(self) -> int:
        """Bytes of the log that were not read yet, a torn last line included; 0 where there is no log."""
        try:
            return max(0, self.run.events_path.stat().st_size - self._reader.offset)
        except OSError:
            return 0

    async def _take(self, num_pending: int) -> None:
        if num_pending > OFF_LOOP_BYTES:
            events = await asyncio.to_thread(self._reader.read_new, MAX_TURN_BYTES)
        else:
            events = self._reader.read_new(MAX_TURN_BYTES)
        await self._fold(events)

    async def _fold(self, events: Iterable[Event]) -> None:
        """Take in the events of one turn, then tell of them."""
        news: list[RunMessage] = []
        for index, event in enumerate(events, start=1):
            self.history.apply(event)
            self._measure_age(event)
            if self.is_attached:
                news += self._news_of(event)
            if index % FOLD_BATCH == 0:
                await asyncio.sleep(0)
        # Told together: a picture between two batches would be of the past already.
        for message in news:
            self._post(message)

    def _measure_age(self, event: Event) -> None:
        elapsed_s = finite_number(event.get("elapsed_s"))
        if elapsed_s is None:
            return
        if event["event"] in ("run_started", "epoch_ended"):
            self._epoch_began_s = elapsed_s
        self.epoch_age_s = max(0.0, elapsed_s - self._epoch_began_s)

    def _news_of(self, event: Event) -> list[RunMessage]:
        """What is to be told of an event that was just folded."""
        if event["event"] in ("run_started", "run_ended", "paused", "continued"):
            self._looked_at = 0.0
        match event["event"]:
            case "steps":
                return [StepsRecorded(self)]
            case "epoch_ended" if self.history.epochs:
                return [EpochEnded(self, self.history.epochs[-1])]
            case "checkpoint_saved" | "checkpoint_deleted":
                return [CheckpointsChanged(self)]
            case "run_started":
                return [AttemptStarted(self)]
            case "run_ended":
                return [RunEnded(self)]
            case "warning":
                return [WarningRaised(self, event)]
            case "control_refused":
                return [RequestRefused(self, event)]
        return []

    async def _look_at_trainer(self) -> None:
        """Ask the lock, at most once in LIVENESS_S; two small files, some 0.1 ms."""
        now = asyncio.get_running_loop().time()
        if self._looked_at and now - self._looked_at < LIVENESS_S:
            return
        self._looked_at = now
        if not self.run.path.is_dir():
            self._is_removed = True
            self._post(RunRemoved(self))
            return
        status = self.run.status(self.history)
        if status is RunStatus.CRASHED and (num_pending := self._count_pending()):
            # Its last lines may have come after the log was read, `run_ended` among them.
            await self._take(num_pending)
            status = self.run.status(self.history)
        if status is not self.status:
            self.status = status
            if self.is_attached:
                self._post(StatusChanged(self))
