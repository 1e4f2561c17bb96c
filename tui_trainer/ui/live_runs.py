"""Runs that are alive, and those that this app started or looks at; blocking reads, so called from threads."""

from __future__ import annotations

import time

from tui_trainer.runs import control
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.run_lock import Liveness

POLL_S = 0.05
LOOKED_AT = 500
WAITING_BYTES = 64_000
"""The log of a run that has only ever waited is smaller."""


def is_alive(run: RunDirectory) -> bool:
    """Whether a trainer holds the run's lock; false too where the run cannot be read any more."""
    try:
        return run.liveness() is Liveness.ALIVE
    except (MlpTuiError, OSError):
        return False


def is_waiting(run: RunDirectory) -> bool:
    """Whether a run that is alive has not begun to train; false too where its log cannot be read. Quick for any run."""
    try:
        return run.events_path.stat().st_size < WAITING_BYTES and run.history(with_steps=False).started is None
    except (MlpTuiError, OSError):
        return False


def newest_live_run() -> RunDirectory | None:
    """The newest run that a trainer works for; None where there is none."""
    return next((run for run in run_directories() if is_alive(run)), None)


def newest_training_run() -> RunDirectory | None:
    """The newest run that another would have to wait for, of the LOOKED_AT newest; None where there is none.

    A start must not read thousands of locks first. A run that waits for its turn asks for all of them itself.
    """
    return next((run for run in run_directories()[:LOOKED_AT] if is_alive(run) and not _has_ended(run)), None)


def _has_ended(run: RunDirectory) -> bool:
    """Whether its trainer has said its last word; true too where its log cannot be read."""
    try:
        return run.history(with_steps=False).ended is not None
    except (MlpTuiError, OSError):
        return True


def stop_and_wait(runs: list[RunDirectory], timeout_s: float) -> list[RunDirectory]:
    """Ask the trainers to save and stop; those that are still alive after `timeout_s` seconds. May raise OSError."""
    for run in runs:
        control.request(run, "stop", run.history(with_steps=False).attempt, save=True)
    deadline = time.monotonic() + timeout_s
    alive = runs
    while alive and time.monotonic() < deadline:
        time.sleep(POLL_S)
        alive = [run for run in alive if is_alive(run)]
    return alive
