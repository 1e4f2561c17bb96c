"""Watching a run from its log to its end: the loop behind `train`, `resume` and `follow`.

It reads events.jsonl from the last offset and shows what is new in a view; it writes nothing. A run is over when `run_ended` is
there, or when its trainer is dead and the log has no such line.
"""

from __future__ import annotations

import subprocess
import time
from typing import Protocol

from tui_trainer.runs.errors import MlpTuiError, TrainerDiedError, error_of
from tui_trainer.runs.event_log import Event, EventReader
from tui_trainer.runs.launcher import last_log_line
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_lock import Liveness

PERIOD_S = 0.1
SILENT_PERIODS = 5
"""Rounds without news after which a trainer that is no child of this process is looked for."""
_END_S = 10.0
_MAX_EXIT_CODE = 255


class RunView(Protocol):
    """Where a watched run is shown."""

    def replay(self, event: Event) -> None:
        """An event that was in the log when the watch began."""

    def begin(self, history: RunHistory) -> None:
        """All that was in the log has been replayed; `history` is the run until now."""

    def show(self, event: Event, history: RunHistory) -> None:
        """A new event, already part of `history`."""

    def wait(self, history: RunHistory) -> None:
        """Nothing new; called every PERIOD_S seconds."""

    def close(self) -> None:
        """The watch is over, however it ended; may be called twice."""


class RunWatch:
    """One watch over `run`, of its events from `first_attempt` on; `process` is its trainer where that is our child."""

    def __init__(
        self, run: RunDirectory, view: RunView, *, first_attempt: int = 1, process: subprocess.Popen[bytes] | None = None
    ) -> None:
        self._run, self._view, self._process, self._first_attempt = run, view, process, first_attempt
        self._reader = EventReader(run.events_path)
        self._num_silent = 0
        self.history = RunHistory()
        """The run as far as it was read."""

    def watch(self) -> int:
        """Show the run until it ends; its exit code. TrainerDiedError where it ended without saying so."""
        try:
            return self._watch()
        finally:
            self._view.close()

    def _watch(self) -> int:
        for event in self._reader.read_all():
            if self._take(event):
                self._view.replay(event)
        self._view.begin(self.history)
        while True:
            # Looked at before the log is read: what a dead trainer wrote is in the log by then.
            is_dead = self._is_dead()
            num_new = 0
            for event in self._reader.read_all():
                num_new += 1
                if self._take(event):
                    self._view.show(event, self.history)
            if self._is_ended():
                self._wait_for_process(_END_S)
                return self._exit_code()
            if is_dead:
                raise self._death()
            self._num_silent = 0 if num_new else self._num_silent + 1
            self._view.wait(self.history)
            self._wait_for_process(PERIOD_S)

    def _take(self, event: Event) -> bool:
        """Fold `event` into the history; whether it is of an attempt that is watched."""
        self.history.apply(event)
        attempt = event.get("attempt")
        return isinstance(attempt, int) and attempt >= self._first_attempt

    def _is_ended(self) -> bool:
        return self.history.ended is not None and self.history.attempt >= self._first_attempt

    def _exit_code(self) -> int:
        code = (self.history.ended or {}).get("exit_code")
        return code if isinstance(code, int) and 0 <= code <= _MAX_EXIT_CODE else MlpTuiError.exit_code

    def _is_dead(self) -> bool:
        if self._process is not None:
            return self._process.poll() is not None
        # The look-up takes the lock for a moment, so it is not made while the log grows.
        return self._num_silent >= SILENT_PERIODS and self._run.liveness() is Liveness.DEAD

    def _wait_for_process(self, limit_s: float) -> None:
        """Sleep for `limit_s`, but no longer than the trainer lives where it is our child."""
        if self._process is None:
            time.sleep(min(limit_s, PERIOD_S))
            return
        try:
            self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return

    def _death(self) -> MlpTuiError:
        name = self._run.shown_name
        hint = f"`mlp-tui resume {name}` goes on from its last save"
        exit_code = self._process.returncode if self._process is not None else None
        if exit_code is not None and exit_code > 1:
            # It had an error to tell and no room in the log to tell it.
            return error_of(exit_code, f"{last_log_line(self._run.path)}; {hint}")
        how = f"was ended by signal {-exit_code}" if exit_code is not None and exit_code < 0 else "died"
        return TrainerDiedError(f"the trainer of {name} {how} at step {self.history.step:,}; {hint}")
