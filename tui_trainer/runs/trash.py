"""The trash: deleted runs, whole, in `$MLP_TUI_HOME/trash/`, until a person empties it.

A run goes there and comes back by one rename, so it is never half here and half there. A run whose trainer lives, or lives on
another host for all that can be told, stays where it is. Nothing in the trash is ever deleted by this program.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tui_trainer.runs.errors import ResourceError, RunBusyError, UsageError
from tui_trainer.runs.paths import ensure_folder, runs_folder, trash_folder
from tui_trainer.runs.publisher import sync_folder
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_lock import Liveness, read_holder
from tui_trainer.runs.safe_text import safe_text


@dataclass(frozen=True, slots=True)
class Trashed:
    """A deleted run."""

    path: Path
    """Its folder in the trash."""
    deleted_at: datetime

    @property
    def run(self) -> RunDirectory:
        """What can be read of it."""
        return RunDirectory(self.path)

    @property
    def name(self) -> str:
        """Its short name, safe to show."""
        return self.run.shown_name


def move_to_trash(run: RunDirectory) -> Trashed:
    """Delete a run, so that `restore` can undo it; RunBusyError while its trainer lives, ResourceError where disk refuses."""
    match run.liveness():
        case Liveness.ALIVE:
            pid = safe_text(read_holder(run.lock_path).get("pid", "?"), 20)
            raise RunBusyError(f"{run.shown_name} is held by process {pid}; `mlp-tui stop {run.shown_name}` first")
        case Liveness.UNKNOWN:
            host = safe_text(read_holder(run.lock_path).get("host", "?"), 60)
            raise RunBusyError(f"{run.shown_name} may still be trained on {host}; delete it there")
    target = trash_folder() / run.path.name
    try:
        _move(run.path, ensure_folder(trash_folder()) / run.path.name)
    except FileNotFoundError:
        raise UsageError(f"{run.shown_name} is not there any more") from None
    except OSError as error:
        raise ResourceError(f"{run.shown_name} cannot be moved to {trash_folder()} ({error.strerror})") from None
    return _describe(target)


def list_trash() -> list[Trashed]:
    """The deleted runs, the last deleted first."""
    try:
        paths = [path for path in trash_folder().iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError:
        return []
    return sorted((_describe(path) for path in paths), key=lambda trashed: trashed.deleted_at, reverse=True)


def find_trashed(reference: str) -> Trashed:
    """The deleted run that `reference` means: its name, any unique part, or `last` for the last deleted; else UsageError."""
    deleted = list_trash()
    if not deleted:
        raise UsageError("the trash is empty")
    if reference == "last":
        return deleted[0]
    exact = [trashed for trashed in deleted if reference in (trashed.path.name, trashed.name)]
    found = exact or [trashed for trashed in deleted if reference and reference in trashed.path.name]
    if len(found) != 1:
        how_many = "no deleted run" if not found else f"{len(found)} deleted runs"
        raise UsageError(f'"{safe_text(reference, 60)}" means {how_many}; `mlp-tui restore` lists them')
    return found[0]


def restore(trashed: Trashed) -> RunDirectory:
    """Undo a deletion; UsageError where the run's name was taken meanwhile."""
    target = runs_folder() / trashed.path.name
    try:
        _move(trashed.path, ensure_folder(runs_folder()) / trashed.path.name)
    except OSError as error:
        raise ResourceError(f"{trashed.name} cannot be moved back to {runs_folder()} ({error.strerror})") from None
    return RunDirectory(target)


def _move(source: Path, target: Path) -> None:
    # A rename onto an empty folder would replace it.
    if os.path.lexists(target):
        raise UsageError(f"{safe_text(target, 160)} is there already; move it away first")
    source.rename(target)
    sync_folder(source.parent)
    sync_folder(target.parent)


def _describe(path: Path) -> Trashed:
    # A rename changes the folder's own entry, so its change time is when it was deleted.
    return Trashed(path, datetime.fromtimestamp(path.lstat().st_ctime, tz=UTC))
