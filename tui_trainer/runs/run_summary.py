"""RunSummary: one row of the list of runs, from a run's log without its steps, its lock, labels and configuration.

Reads small files only, never a checkpoint's weights, and raises nothing for a damaged run.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.labels import Labels, read_labels
from tui_trainer.runs.manifest import read_regular
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import EpochRecord, RunHistory
from tui_trainer.runs.safe_text import safe_text

_MAX_CONFIG_BYTES = 1 << 20
_HIDDEN = (
    "path", "best_epoch", "checkpoint_bytes", "best_score", "last_loss", "reason", "changes",
    "saved_acc", "saved_train_acc", "saved_r2", "damaged_lines",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One row of the list of runs."""

    run: str
    name: str
    status: RunStatus
    epoch: int
    epochs: int | None
    best_test_acc: float | None
    best_epoch: int | None
    created: str
    device: str | None
    num_checkpoints: int
    checkpoint_bytes: int
    path: Path
    labels: Labels
    num_parameters: int | None = None
    last_loss: float | None = None
    """Test loss of the last epoch."""
    reason: str = ""
    """Why it ended, where it did not just finish."""
    changes: tuple[tuple[str, str], ...] = ()
    """(dotted key, value) of the configuration where it differs from the defaults."""
    saved_acc: float | None = None
    """Test accuracy of the best epoch of which a checkpoint is left."""
    saved_train_acc: float | None = None
    saved_r2: float | None = None
    """Of a regression, which has no accuracy."""
    damaged_lines: int = 0
    """Lines of its log that could not be read."""

    def as_json(self) -> dict[str, Any]:
        """The fields of `mlp-tui runs --json`."""
        fields = asdict(self)
        labels = fields.pop("labels")
        for hidden in _HIDDEN:
            fields.pop(hidden, None)
        said = {"label": labels["name"], "note": labels["note"], "tags": list(labels["tags"])}
        return {**fields, "status": self.status.value, **said}


def summarise_run(run: RunDirectory) -> RunSummary:
    """The summary of one run as it is now."""
    history = run.history(with_steps=False)
    try:
        status, created = run.status(history), safe_text(run.info.get("created", ""), 40)
    except MlpTuiError:
        status, created = RunStatus.UNKNOWN, ""
    best, started, ended = history.best, history.started or {}, history.ended or {}
    saved = _best_saved(history)
    num_parameters = started.get("num_parameters")
    return RunSummary(
        run=run.run,
        name=run.shown_name,
        status=status,
        epoch=history.epochs[-1].epoch if history.epochs else 0,
        epochs=history.num_epochs,
        best_test_acc=best.test_acc if best else None,
        best_epoch=best.epoch if best else None,
        created=created,
        device=safe_text(started["device"], 40) if "device" in started else None,
        num_checkpoints=len(history.checkpoints),
        checkpoint_bytes=sum(_bytes_of(event) for event in history.checkpoints.values()),
        path=run.path,
        labels=read_labels(run.path),
        num_parameters=num_parameters if isinstance(num_parameters, int) else None,
        last_loss=history.epochs[-1].test_loss if history.epochs else None,
        reason=safe_text(ended.get("reason", ""), 200) if status in (RunStatus.FAILED, RunStatus.STOPPED) else "",
        changes=read_changes(run.config_path),
        saved_acc=saved.test_acc if saved else None,
        saved_train_acc=saved.train_acc if saved else None,
        saved_r2=saved.test_r2 if saved else None,
        damaged_lines=history.damaged_lines,
    )


def _best_saved(history: RunHistory) -> EpochRecord | None:
    """The best epoch of those that can still be loaded, by what `RunHistory.best` goes by."""
    saved = {(event.get("step"), event.get("attempt")) for event in history.checkpoints.values()}
    loadable = RunHistory()
    loadable.epochs = [epoch for epoch in history.epochs if (epoch.step, epoch.attempt) in saved]
    return loadable.best


def _bytes_of(event: dict[str, Any]) -> int:
    value = event.get("bytes")
    return value if isinstance(value, int) else 0


def read_changes(path: Path) -> tuple[tuple[str, str], ...]:
    """What run.toml says otherwise than the defaults; not validated, because a listing only shows it."""
    try:
        written = _flatten(tomllib.loads(read_regular(path, _MAX_CONFIG_BYTES).decode()))
    except (OSError, ValueError, RecursionError):
        return ()
    defaults = default_settings()
    return tuple(
        (safe_text(key, 100), safe_text(value, 100)) for key, value in written.items() if defaults.get(key, _MISSING) != value
    )


_MISSING = object()


@functools.cache
def default_settings() -> dict[str, Any]:
    """The default of each dotted key, as a run.toml holds it."""
    return _flatten(dump_config(RunConfig()))


def _flatten(tables: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tables.items():
        found |= _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found
