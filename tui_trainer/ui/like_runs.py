"""The last run like a configuration: what it reached and how long it took, so that a start can be judged before it is made."""

from __future__ import annotations

from dataclasses import dataclass

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError

MAX_RUNS = 30


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run with at least one whole epoch: its configuration, best test accuracy and median seconds an epoch."""

    shown_name: str
    config: RunConfig
    best_test_acc: float | None
    epoch_s: float | None


def read_past_runs() -> list[PastRun]:
    """The newest MAX_RUNS runs, newest first; damaged ones are left out. Reads logs, so it is called from a thread."""
    from tui_trainer.runs.run_index import run_directories

    found = []
    for run in run_directories()[:MAX_RUNS]:
        try:
            config, history = run.config, run.history(with_steps=False)
        except (MlpTuiError, OSError):
            continue
        durations = sorted(epoch.epoch_s for epoch in history.epochs if epoch.epoch_s is not None)
        if history.epochs:
            best = history.best.test_acc if history.best else None
            found.append(PastRun(run.shown_name, config, best, durations[len(durations) // 2] if durations else None))
    return found


def find_like(config: RunConfig, source: str | None, runs: list[PastRun]) -> PastRun | None:
    """The newest of `runs` with the same data, network, optimiser, schedule and device; seed, name and epochs may differ."""
    return next((run for run in runs if _key(run.config, run.config.data.source) == _key(config, source)), None)


def find_similar(
    config: RunConfig, source: str | None, runs: list[PastRun], num_inputs: int, num_classes: int
) -> PastRun | None:
    """The newest of `runs` on the same data and device whose network has at most twice or half the parameters.

    Batches must be of the same size; optimiser and schedule may differ, whose time is small beside the matrix products'.
    """
    from tui_trainer.runs.model_shapes import count_parameters

    size = count_parameters(config.model, num_inputs, num_classes)
    for run in runs:
        past = run.config
        same = (past.data.source, past.data.batch_size, past.device) == (source, config.data.batch_size, config.device)
        if same and size / 2 <= count_parameters(past.model, num_inputs, num_classes) <= size * 2:
            return run
    return None


def _key(config: RunConfig, source: str | None) -> tuple[object, ...]:
    return source, config.data.batch_size, config.model, config.optimizer, config.schedule, config.device
