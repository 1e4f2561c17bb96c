"""How an attempt ends on record: `run_ended` with its best save, from the training thread or in its stead."""

from __future__ import annotations

import os
from typing import Any

from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.attempt import Attempt
from tui_trainer.engine.steering import Ending
from tui_trainer.engine.weights_digest import weights_sha256
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.run_directory import RunDirectory, best_checkpoint, best_metric


def record_end(attempt: Attempt, ending: Ending) -> None:
    """Append `run_ended` and close the log."""
    attempt.log.append(
        "run_ended",
        status=ending.status,
        exit_code=ending.exit_code,
        reason=ending.reason,
        best=_best(attempt.run),
        weights_sha256=weights_sha256(attempt.loaded.state.network.state_dict()),
    )
    attempt.log.sync()
    attempt.log.close()


def end_at_once(attempt: Attempt, answers: LauncherAnswers, error: MlpTuiError) -> None:
    """Record a failure that the training thread cannot, because it waits for a rank that is dead; never returns."""
    attempt.log.append(
        "run_ended",
        status="failed",
        exit_code=error.exit_code,
        reason=error.message,
        best=_best(attempt.run),
        weights_sha256=None,
    )
    attempt.log.sync()
    answers.end(f"{attempt.run.run} ended with exit code {error.exit_code}: {error.message}")
    os._exit(error.exit_code)


def last_reason(run: RunDirectory) -> str:
    """Why the last attempt ended, in words."""
    return str((run.history(with_steps=False).ended or {}).get("reason", "it could not record why"))


def _best(run: RunDirectory) -> dict[str, Any] | None:
    history = run.history(with_steps=False)
    current = [m for m in run.checkpoints() if not history.is_superseded(m.attempt, m.step)]
    best = best_checkpoint(current)
    if best is None:
        return None
    metric = best_metric([best])
    return {
        "checkpoint": best.id,
        "epoch": best.epoch,
        "split": metric.partition("_")[0],
        "metric": metric,
        "value": best.metrics[metric],
    }
