"""The six lines that say how a run went, for the terminal after the app has closed, or for whoever else sums up."""

from __future__ import annotations

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.diagnosis import diagnose
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.loss_words import format_loss
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import EpochRecord, RunHistory
from tui_trainer.runs.run_progress import format_duration
from tui_trainer.runs.safe_text import safe_text

MAX_CHARS = 200


def closing_lines(run: RunDirectory) -> list[str]:
    """Exactly six lines: status, best, last, time and device, words, what to do next. Reads the log without its steps."""
    history = run.history(with_steps=False)
    status = run.status(history)
    best, last = history.best, history.epochs[-1] if history.epochs else None
    lines = [
        f"{run.shown_name}: {_status_words(status, history)}",
        f"best    {_epoch_words(best, history)}",
        f"last    {_epoch_words(last, history)}",
        f"took    {_cost_words(history)}",
        f"says    {_said(run, history, status)}",
        f"next    {_next_words(run, status)}",
    ]
    return [safe_text(line, MAX_CHARS) for line in lines]


def _status_words(status: RunStatus, history: RunHistory) -> str:
    reason = str((history.ended or {}).get("reason", ""))
    if status.is_live:
        return f"{status.value}, and it goes on without this screen"
    return f"{status.value}: {reason}" if reason and status is not RunStatus.DONE else status.value


def _epoch_words(epoch: EpochRecord | None, history: RunHistory) -> str:
    if epoch is None:
        return "no epoch has ended"
    figures = [("test acc", epoch.test_acc), ("val acc", epoch.val_acc), ("train acc", epoch.train_acc)]
    if history.is_regression:
        figures = [("test r2", epoch.test_r2), ("test mae", epoch.test_mae)]
    shown = ", ".join(
        f"{name} {format_loss(value)}" for name, value in [*figures, ("train loss", epoch.train_loss)] if value is not None
    )
    return f"epoch {epoch.epoch} of {history.num_epochs or '?'}: {shown}"


def _cost_words(history: RunHistory) -> str:
    seconds = sum(epoch.epoch_s or 0.0 for epoch in history.epochs)
    rates = sorted(epoch.examples_per_s for epoch in history.epochs if epoch.examples_per_s)
    started = history.started or {}
    parts = [format_duration(seconds)]
    parts += [f"{rates[len(rates) // 2]:,.0f} examples/s"] if rates else []
    parts += [str(started["device"])] if "device" in started else []
    parts += [f"{history.attempt} attempts"] if history.attempt > 1 else []
    parts += [f"{len(history.checkpoints)} saves"]
    return ", ".join(parts)


def _said(run: RunDirectory, history: RunHistory, status: RunStatus) -> str:
    diagnosis = diagnose(history, status, _config(run))
    return "; ".join([diagnosis.line, *(f"{sign.name.replace('_', ' ')}: {sign.try_words}" for sign in diagnosis.signs[:1])])


def _config(run: RunDirectory) -> RunConfig | None:
    try:
        return run.config
    except ConfigError:
        return None


def _next_words(run: RunDirectory, status: RunStatus) -> str:
    name = run.shown_name
    if status.is_live:
        return f"`mlp-tui open {name}` shows it again, `mlp-tui stop {name}` ends it after a save"
    if status in (RunStatus.STOPPED, RunStatus.FAILED, RunStatus.CRASHED):
        return f"`mlp-tui resume {name}` goes on, `mlp-tui show {name}` tells all"
    return f"`mlp-tui show {name}` tells all, `mlp-tui code {name}` prints its script"
