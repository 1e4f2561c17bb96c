"""What CHECKPOINT on the command line means to the engine: a save of a run of ours, or any file of weights.

Looks at names alone; the engine opens files, and judges them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.streams import say
from tui_trainer.runs.activations import Activation
from tui_trainer.runs.data_source import absolute_source
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.manifest import MANIFEST
from tui_trainer.runs.run_index import find_checkpoint, is_path
from tui_trainer.runs.safe_text import safe_text

Checkpoint = Annotated[
    str, Parameter(help="RUN, RUN:best, RUN:last, RUN:EPOCH, RUN:ID, a file of a checkpoint, or any file with a state_dict.")
]
ActivationChoice = Annotated[
    Activation | None, Parameter(name="--activation", help="Of a file that is of no run: weights do not tell it; unset: relu.")
]


def subject_of(reference: str, activation: Activation | None = None) -> dict[str, Any]:
    """What the engine's methods call a checkpoint: {run, checkpoint}, or {file, activation}."""
    path = Path(os.path.expanduser(reference)).absolute()  # noqa: PTH111 (~x may be no user)
    if not is_foreign(reference, path):
        found = find_checkpoint(reference)
        return {"run": str(found.run.path), "checkpoint": found.manifest.id}
    return {"file": str(path), "activation": None if activation is None else activation.value}


def is_foreign(reference: str, path: Path) -> bool:
    """Whether `reference` means a file or device that lies in no checkpoint's folder."""
    if not is_path(reference):
        return False
    try:
        if not os.path.lexists(path):
            raise UsageError(f"{safe_text(reference, 160)} is not there; give a checkpoint's file, or RUN:best, RUN:EPOCH")
        folder = path if path.is_dir() else path.parent
        return not (folder / MANIFEST).exists() and not (path / "run.json").exists()
    except ValueError:
        raise UsageError(f"{safe_text(reference, 160)} is no name of a file; give a checkpoint") from None
    except OSError:
        return True


def data_params(subject: dict[str, Any], data: str | None, split: str) -> dict[str, Any]:
    """{data, split} as the engine's methods take them; UsageError where a foreign file comes without data."""
    if "file" in subject and data is None:
        shown = safe_text(Path(subject["file"]).name, 120)
        raise UsageError(f"{shown} is not of a run, so it does not say what it was trained on; name the data with --data")
    return {"data": None if data is None else absolute_source(data, Path.cwd()), "split": split}


def say_assumptions(result: dict[str, Any]) -> None:
    """Tell people on standard error what a file does not say and was assumed."""
    for assumption in result.get("assumptions", ()):
        say(f"assumed: {assumption}")
