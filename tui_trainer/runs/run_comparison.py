"""Runs beside each other: how far each came, how good it is, and only those keys of their configurations that differ.

For the screen that lays their curves over each other and for `mlp-tui diff`; pure functions of what was read already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.fork_plan import flatten
from tui_trainer.runs.live_keys import effective_config
from tui_trainer.runs.loss_words import format_loss
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_history import EpochRecord, RunHistory
from tui_trainer.runs.run_progress import format_duration
from tui_trainer.runs.safe_text import safe_text

NO_VALUE = "-"
_HIDDEN_KEYS = ("name",)
"""The heading says it."""
_VALUE_LENGTH = 60
SHORT_S = 60
"""Seconds: a shorter time has a decimal."""


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One of the runs, as far as it was read."""

    name: str
    status: RunStatus
    history: RunHistory
    config: RunConfig | None
    """As it began; None where run.toml cannot be read."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of figures: how it is written for a run and, where runs are ranked by it, its number, the higher the better."""

    label: str
    write: Callable[[ComparedRun], str]
    rank: Callable[[ComparedRun], float | None] = lambda run: None


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One line of the table: a value in words for each run, in their order."""

    label: str
    values: tuple[str, ...]
    is_key: bool = False
    """Whether `label` is a key of the configuration."""
    best: int | None = None
    """Place of the run with the best value, where that is a question and one run alone has it."""


def compare_runs(runs: Sequence[ComparedRun]) -> list[ComparedRow]:
    """How good each is, then each key on which their configurations differ, then figures that explain; only what a run has."""
    keys = [ComparedRow(key, values, is_key=True) for key, values in differing_keys(runs)]
    return [*_figures(_FIGURES, runs), *keys, *_figures(_MORE_FIGURES, runs)]


def _figures(figures: Sequence[Figure], runs: Sequence[ComparedRun]) -> list[ComparedRow]:
    rows = [ComparedRow(one.label, tuple(map(one.write, runs)), best=_best_place(list(map(one.rank, runs)))) for one in figures]
    return [row for row in rows if set(row.values) != {NO_VALUE}]


def differing_keys(runs: Sequence[ComparedRun]) -> list[tuple[str, tuple[str, ...]]]:
    """(dotted key, value in each run) where two runs differ, in the order of the configuration.

    A value that was set while a run trained is written `old → new`; NO_VALUE where a run has no such key, or no configuration.
    """
    flat = [_written(run) for run in runs]
    known = [values for values in flat if values is not None]
    keys = dict.fromkeys(key for values in known for key in values if key not in _HIDDEN_KEYS)
    rows = [(key, tuple(NO_VALUE if values is None else values.get(key, NO_VALUE) for values in flat)) for key in keys]
    return [(key, values) for key, values in rows if len({values.get(key) for values in known}) > 1]


def _written(run: ComparedRun) -> dict[str, str] | None:
    if run.config is None:
        return None
    before = flatten(dump_config(run.config))
    after = flatten(dump_config(effective_config(run.config, run.history.changes)))
    return {
        key: _shown(value) if after.get(key) == value else f"{_shown(value)} → {_shown(after.get(key))}"
        for key, value in before.items()
    }


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return safe_text(", ".join(map(str, value)) or "none", _VALUE_LENGTH)
    return safe_text(str(value).lower() if isinstance(value, bool) else value, _VALUE_LENGTH)


def run_figures(run: ComparedRun) -> dict[str, Any]:
    """The figures of one run as plain data, None where it has none of that name."""
    history, best = run.history, run.history.best
    last = history.epochs[-1] if history.epochs else None
    names = ("test_acc", "test_loss", "test_r2", "train_acc", "train_loss", "val_acc")
    return {
        "name": run.name,
        "status": run.status.value,
        "epoch": last.epoch if last else 0,
        "epochs": history.num_epochs,
        "best": {"epoch": best.epoch, "split": history.best_split, "value": _score(history, best)} if best else None,
        "final": {name: getattr(last, name) for name in names} if last else None,
        "seconds": _seconds(history),
        "num_parameters": (history.started or {}).get("num_parameters"),
    }


def _score(history: RunHistory, epoch: EpochRecord) -> float | None:
    """What `best` is chosen by: accuracy, or of a regression the loss."""
    value: float | None = getattr(epoch, f"{history.best_split}_{'loss' if history.is_regression else 'acc'}")
    return value


def _seconds(history: RunHistory) -> float | None:
    """Seconds of all its epochs, evaluation and saving included."""
    return sum(epoch.epoch_s or 0.0 for epoch in history.epochs) or None


def _best_place(ranks: Sequence[float | None]) -> int | None:
    """Where the highest of them is; None where two share it, or where there is nothing to compare."""
    ranked = sorted(((rank, place) for place, rank in enumerate(ranks) if rank is not None), reverse=True)
    return ranked[0][1] if len(ranked) > 1 and ranked[0][0] > ranked[1][0] else None


def _epochs(run: ComparedRun) -> str:
    epochs = run.history.epochs
    return f"{epochs[-1].epoch if epochs else 0:,} of {run.history.num_epochs:,}" if run.history.num_epochs else NO_VALUE


def _best(split: str, measure: str) -> Figure:
    """The best epoch of runs that choose it by this: of regressions by the loss, of others by the accuracy."""

    def score(run: ComparedRun) -> float | None:
        history = run.history
        is_asked = history.best_split == split and history.is_regression == (measure == "loss")
        return _score(history, history.best) if is_asked and history.best is not None else None

    def write(run: ComparedRun) -> str:
        value, best = score(run), run.history.best
        return NO_VALUE if value is None or best is None else f"{format_loss(value)} at {best.epoch:,}"

    def rank(run: ComparedRun) -> float | None:
        value = score(run)
        return -value if value is not None and measure == "loss" else value

    return Figure(f"best {split} {measure}", write, rank)


def _last(metric: str, write: Callable[[float], str] = "{:.4f}".format) -> Callable[[ComparedRun], str]:
    def read(run: ComparedRun) -> str:
        value = getattr(run.history.epochs[-1], metric) if run.history.epochs else None
        return NO_VALUE if value is None else write(value)

    return read


def _time(run: ComparedRun) -> str:
    seconds = _seconds(run.history)
    if seconds is None:
        return NO_VALUE
    return f"{seconds:.1f} s" if seconds < SHORT_S else format_duration(seconds)


def _parameters(run: ComparedRun) -> str:
    number = (run.history.started or {}).get("num_parameters")
    return f"{number:,}" if isinstance(number, int) else NO_VALUE


_FIGURES = (
    Figure("status", lambda run: run.status.value),
    Figure("epoch", _epochs),
    _best("val", "acc"),
    _best("test", "acc"),
    _best("val", "loss"),
    _best("test", "loss"),
    Figure("final test acc", _last("test_acc")),
    Figure("final test R²", _last("test_r2")),
)
"""What is asked first, in its order."""
_MORE_FIGURES = (
    Figure("final test loss", _last("test_loss", format_loss)),
    Figure("final train acc", _last("train_acc")),
    Figure("final train loss", _last("train_loss", format_loss)),
    Figure("time of epochs", _time),
    Figure("parameters", _parameters),
)
