"""RunEntry: one run as a list of runs shows it, from its summary alone or with all its checkpoints.

Immutable, so that a screen may keep it while a thread reads newer ones. What a row, a filter and an order need is in the entry
itself; `details` are there once the run has been read in full. It reads no disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.labels import Labels
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import EpochRecord
from tui_trainer.runs.run_summary import default_settings

NO_LABELS = Labels()
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CheckpointEntry:
    """One saved state of a run; a damaged one has a `problem` and only what its id tells."""

    id: str
    folder: Path
    step: int
    epoch: int = 0
    """Last completed epoch, 0 before the first."""
    epoch_complete: bool = False
    test_acc: float | None = None
    train_acc: float | None = None
    test_r2: float | None = None
    """Of a regression, which has no accuracy."""
    num_bytes: int = 0
    is_best: bool = False
    is_superseded: bool = False
    """A later attempt went on from before it."""
    problem: str = ""
    """Why it cannot be used, in one safe line; empty for a well-formed one."""

    @property
    def label(self) -> str:
        """What it is called: epoch 12, or step 1,204 where it was saved within an epoch."""
        return f"epoch {self.epoch}" if self.epoch_complete else f"step {self.step:,}"


@dataclass(frozen=True, slots=True)
class RunDetails:
    """What only reading a whole run tells: its checkpoints, curves and configuration."""

    checkpoints: tuple[CheckpointEntry, ...]
    """Newest first."""
    best: CheckpointEntry | None
    epochs: tuple[EpochRecord, ...]
    config: RunConfig | None
    """None where run.toml is damaged."""
    started: Mapping[str, Any]
    """Fields of the last `run_started`, empty before it."""
    num_inputs: int | None
    num_classes: int | None


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run; without `details` it has no checkpoints to show yet, only their number."""

    run: RunDirectory
    status: RunStatus
    epoch: int
    """Completed epochs."""
    num_epochs: int | None
    created_s: float | None
    """Seconds since 1970 at which it was made; None where run.json does not say."""
    num_parameters: int | None
    num_checkpoints: int
    num_bytes: int
    """Of all its checkpoints."""
    test_acc: float | None
    """Of its best saved state, as the next two."""
    train_acc: float | None
    test_r2: float | None
    problem: str = ""
    """Why it failed, or what is damaged, in one safe line; empty where all is well."""
    labels: Labels = NO_LABELS
    """What a person said of it."""
    changes: tuple[tuple[str, str], ...] = ()
    """(key, value) of what its configuration says otherwise than the defaults."""
    words: str = ""
    """Everything that it is found by when one types, in lower case; made here, because thousands are looked through at once."""
    details: RunDetails | None = None
    """None while only its summary was read."""

    @property
    def name(self) -> str:
        """What it is called: as a person named it, else its shown name."""
        return self.labels.name or self.run.shown_name

    @property
    def key(self) -> str:
        """The folder's name, which no other run has."""
        return self.run.run

    @property
    def checkpoints(self) -> tuple[CheckpointEntry, ...]:
        """Newest first, as far as they were read."""
        return self.details.checkpoints if self.details else ()

    @property
    def best(self) -> CheckpointEntry | None:
        """Its best saved state by test accuracy, once it was read."""
        return self.details.best if self.details else None

    @property
    def epochs(self) -> tuple[EpochRecord, ...]:
        """Its curves, once they were read."""
        return self.details.epochs if self.details else ()

    @property
    def config(self) -> RunConfig | None:
        """None where run.toml is damaged or was not read yet."""
        return self.details.config if self.details else None

    @property
    def started(self) -> Mapping[str, Any]:
        """Fields of the last `run_started`, once they were read."""
        return self.details.started if self.details else NOTHING

    @property
    def has_died(self) -> bool:
        """Whether it ended in a way that nobody wanted."""
        return self.status in (RunStatus.FAILED, RunStatus.CRASHED)

    @property
    def is_resumable(self) -> bool:
        """Whether `resume` would start a new attempt."""
        return self.status in (RunStatus.STOPPED, RunStatus.FAILED, RunStatus.CRASHED)

    def setting(self, key: str) -> str | None:
        """What its configuration says of a dotted key; None where run.toml is known to be damaged."""
        if self.details is not None and self.details.config is None:
            return None
        return next((value for name, value in self.changes if name == key), _written_defaults().get(key))


@cache
def _written_defaults() -> dict[str, str]:
    return {key: str(value) for key, value in default_settings().items()}


def searched_words(
    run: RunDirectory, status: RunStatus, problem: str, labels: Labels, changes: tuple[tuple[str, str], ...]
) -> str:
    """`RunEntry.words` of a run with these facts."""
    settings = _written_defaults() | dict(changes)
    words = [run.shown_name, labels.name or "", labels.note, *labels.tags, status.value, problem]
    words += [settings[key] for key in ("name", "optimizer.name", "schedule.name", "model.activation")]
    words += [settings.get("data.source", ""), "-".join(re.findall("[0-9]+", settings["model.hidden"]))]
    words += ["dropout" * (settings["model.dropout"] != "0.0"), "batch_norm" * (settings["model.batch_norm"] == "True")]
    return " ".join(words).casefold()


def read_created(written: object) -> float | None:
    """Seconds since 1970 of the `created` of a run.json; None where it is no time."""
    try:
        return datetime.fromisoformat(str(written)).timestamp()
    except (ValueError, OverflowError):
        return None
