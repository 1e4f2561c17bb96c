"""Subject: the network that an evaluation, a gallery, a drawing or a comparison is about: a checkpoint or a foreign file.

It knows its name for people and the keys with which the engine's server finds it. It reads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.listed_row import Row
from tui_trainer.ui.quantities import shorten_middle

MAX_NAME = 34
SPLITS = ("test", "train", "validation")


@dataclass(frozen=True, slots=True)
class Subject:
    """A network with its weights, and the data it is looked at on."""

    name: str
    """The run's shown name, or the file's."""
    label: str
    """Which of the run's states: epoch 12; empty for a file."""
    engine_keys: tuple[tuple[str, str], ...]
    """What the engine finds it by: run and checkpoint, or file and activation."""
    path: Path
    """The file of its weights."""
    is_best: bool = False
    recorded: float | None = None
    """Test accuracy that its run recorded; None where there is none to compare with."""
    data: str | None = None
    """The source it is evaluated on; None: its run's own."""
    split: str = "test"
    obstacle: str = ""
    """Why the engine need not be asked, in one line for people; empty where it must."""

    @property
    def title(self) -> str:
        """book-3f2a epoch 10."""
        return f"{shorten_middle(self.name, MAX_NAME)} {self.label}".strip()

    @property
    def params(self) -> dict[str, Any]:
        """The subject as every method of the engine takes it, without data."""
        return dict(self.engine_keys)

    @property
    def params_with_data(self) -> dict[str, Any]:
        """The same with the data to look at it on."""
        return {**self.params, "data": self.data, "split": self.split}

    @property
    def is_foreign(self) -> bool:
        """Whether it is a file that belongs to no run."""
        return self.engine_keys[:1] != () and self.engine_keys[0][0] == "file"

    def on(self, data: str | None, split: str) -> Subject:
        """The same network on other data."""
        return replace(self, data=data, split=split)


def subject_of(row: Row) -> Subject:
    """What a row of the table stands for: its checkpoint, or the best of its run."""
    run, chosen = row.entry.run, row.chosen
    if chosen is None:
        is_read = row.entry.details is not None
        nothing = f"{run.shown_name} {'has no checkpoint to evaluate yet' if is_read else 'is still being read; once more'}"
        return Subject(run.shown_name, "", (("run", str(run.path)),), run.path, obstacle=nothing)
    return Subject(
        name=run.shown_name,
        label=chosen.label,
        engine_keys=(("run", str(run.path)), ("checkpoint", chosen.id)),
        path=chosen.folder / WEIGHTS,
        is_best=chosen.is_best,
        recorded=chosen.test_acc,
        obstacle=chosen.problem,
    )


def foreign_subject(path: Path, activation: str | None, data: str) -> Subject:
    """A file that belongs to no run, seen on a data source; `activation` None lets the engine assume one."""
    keys = (("file", str(path)), *((("activation", activation),) if activation else ()))
    return Subject(safe_text(path.name, 80), "", keys, path, data=data)
