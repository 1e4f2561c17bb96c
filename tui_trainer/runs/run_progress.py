"""How far a run is and how long it still takes, from its history alone."""

from __future__ import annotations

from dataclasses import dataclass

from tui_trainer.runs.run_history import RunHistory

RECENT_EPOCHS = 5


@dataclass(frozen=True, slots=True)
class RunProgress:
    """`share` of the whole run from 0 to 1, and the seconds left, evaluation and saving included; None: not known yet."""

    share: float
    seconds_left: float | None


def measure_progress(history: RunHistory, seconds_since_epoch: float = 0.0) -> RunProgress:
    """Progress by steps; the time left is that of the last epochs' median, less the time since the last one ended."""
    num_epochs, steps_per_epoch = history.num_epochs, history.steps_per_epoch
    if not num_epochs or not steps_per_epoch:
        return RunProgress(0.0, None)
    num_steps = num_epochs * steps_per_epoch
    share = min(1.0, history.step / num_steps)
    durations = sorted(epoch.epoch_s for epoch in history.epochs[-RECENT_EPOCHS:] if epoch.epoch_s)
    if not durations:
        elapsed = seconds_since_epoch
        return RunProgress(share, elapsed / share * (1 - share) if share > 0 and elapsed > 0 else None)
    epochs_left = num_epochs - history.epochs[-1].epoch
    left = epochs_left * durations[len(durations) // 2] - seconds_since_epoch
    return RunProgress(share, max(0.0, left))


def format_duration(seconds: float) -> str:
    """0:06, 12:34 or 1:02:03."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
