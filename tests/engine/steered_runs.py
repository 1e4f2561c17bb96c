"""Runs in the test's own process that are asked for something at a certain step."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from tests.engine.training import begin
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.train_job import _train
from tui_trainer.runs import control
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.run_directory import RunDirectory

Sets = dict[int, tuple[str, Any]]
"""{poll: (key, value)}; the loop polls once a step and once more after each epoch."""


class AskAt(StopSignals):
    """Publishes requests as the loop comes to its n-th poll, and a TERM at `stop_at`."""

    def __init__(self, run: RunDirectory, sets: Sets, stop_at: int | None = None, attempt: int = 1) -> None:
        self._run, self._sets, self._stop_at, self._attempt, self._num_polls = run, sets, stop_at, attempt, 0
        super().__init__()

    @property
    def received(self) -> signal.Signals | None:
        self._num_polls += 1
        if self._num_polls in self._sets:
            key, value = self._sets[self._num_polls]
            control.request(self._run, "set", self._attempt, key=key, value=value)
        return signal.SIGTERM if self._num_polls == self._stop_at else None

    @received.setter
    def received(self, value: signal.Signals | None) -> None:
        pass


def steered_run(monkeypatch: pytest.MonkeyPatch, config: RunConfig, sets: Sets, stop_at: int | None = None) -> RunDirectory:
    """A run that is asked at those polls, and looks at every one of them."""
    monkeypatch.setattr("tui_trainer.engine.steering.POLL_S", 0.0)
    attempt, lock = begin(config)
    _train(attempt, AskAt(attempt.run, sets, stop_at))
    lock.release()
    return RunDirectory(attempt.run.path)


def events(run: RunDirectory, *names: str) -> list[dict[str, Any]]:
    lines = run.events_path.read_text().splitlines()
    return [event for line in lines if (event := json.loads(line))["event"] in names]
