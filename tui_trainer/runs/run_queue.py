"""The queue: runs that wait for their turn, in the order in which they were made, until no other run of this machine trains.

There is no file of it: who waits and who trains follows from locks and logs, so that a queue outlives everybody, and one whose
head dies goes on. Read by viewers and by the waiting trainers themselves.
"""

from __future__ import annotations

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.run_lock import Liveness


def queued_runs() -> list[RunDirectory]:
    """The runs that wait, the next one first."""
    return sorted((run for run in _live_runs() if _is_waiting(run)), key=turn_of)


def turn_of(run: RunDirectory) -> tuple[str, str]:
    """What the queue is sorted by: when the run was made, then its name."""
    try:
        return str(run.info.get("created", "")), run.run
    except MlpTuiError:
        return "", run.run


def find_blocker(run: RunDirectory) -> RunDirectory | None:
    """What `run` has to wait for: a run that trains or is paused, else the last one before it that waits; None: its turn."""
    others = [other for other in _live_runs() if other.run != run.run]
    waiting = [other for other in others if _is_waiting(other)]
    training = [other for other in others if other not in waiting and other.history(with_steps=False).ended is None]
    before = [other for other in sorted(waiting, key=turn_of) if turn_of(other) < turn_of(run)]
    return next(iter((*training, *before[-1:])), None)


def _live_runs() -> list[RunDirectory]:
    return [run for run in run_directories() if run.liveness() is Liveness.ALIVE]


def _is_waiting(run: RunDirectory) -> bool:
    history = run.history(with_steps=False)
    return history.queued is not None and history.started is None and history.ended is None
