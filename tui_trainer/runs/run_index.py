"""Which runs there are, and what a RUN or CHECKPOINT on the command line means."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from tui_trainer.runs.config_errors import nearest
from tui_trainer.runs.errors import CheckpointError, UsageError
from tui_trainer.runs.kept_summaries import KeptSummaries
from tui_trainer.runs.labels import read_labels
from tui_trainer.runs.manifest import MANIFEST, Manifest, is_checkpoint_id, read_manifest
from tui_trainer.runs.paths import runs_folder
from tui_trainer.runs.run_directory import RunDirectory, best_checkpoint
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_summary import RunSummary
from tui_trainer.runs.safe_text import safe_text

CHECKPOINT_SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")
FILE_SUFFIXES = (".toml", *CHECKPOINT_SUFFIXES)


def run_directories() -> list[RunDirectory]:
    """All runs on disk, newest first; unborn folders, and those whose names no run can have, are left out."""
    try:
        paths = list(runs_folder().iterdir())
    except OSError:
        return []
    found = [(born, path) for path in paths if (born := _birth(path)) is not None]
    return [RunDirectory(path) for _, path in sorted(found, reverse=True)]


def _birth(path: Path) -> tuple[str, int] | None:
    """(second of the start as the name says it, nanosecond in which run.json was written); None where it is no run."""
    if path.name.startswith(".") or safe_text(path.name) != path.name:
        return None
    try:
        status = os.stat(f"{path}/run.json")  # noqa: PTH116 (a Path for each of ten thousand takes its time)
    except OSError:
        return None
    return (path.name[:16], status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def list_runs() -> list[RunSummary]:
    """A summary of each run, newest first; a damaged one is listed as unknown. Of ended ones what was read before is kept."""
    kept, runs = KeptSummaries.read(), run_directories()
    summaries = [kept.summarise(run) for run in runs]
    kept.write(runs)
    return summaries


def is_path(argument: str) -> bool:
    """Whether an argument means a file: by its ending, a slash in it, or because it names one."""
    return argument.endswith(FILE_SUFFIXES) or "/" in argument or _is_file(argument)


def _is_file(argument: str | Path) -> bool:
    try:
        return Path(argument).is_file()
    except OSError:  # longer than a name may be
        return False


def find_run(reference: str) -> RunDirectory:
    """The run that `reference` means: its folder, its shown name, any unique part, the name a person gave it, or `last`.

    UsageError where there is none or more than one.
    """
    if "/" in reference and _is_file(Path(reference) / "run.json"):
        return RunDirectory(Path(reference).absolute())
    runs = run_directories()
    if not runs:
        raise UsageError("there are no runs yet; `mlp-tui train` makes one")
    if reference == "last":
        return runs[0]
    exact = [run for run in runs if reference in (run.run, run.shown_name)]
    found = exact or [run for run in runs if reference and reference in run.run]
    found = found or [run for run in runs if reference and read_labels(run.path).name == reference]
    if len(found) == 1:
        return found[0]
    shown = safe_text(reference, 60)
    if not found:
        hint = nearest(reference, [run.shown_name for run in runs[:8]])
        raise UsageError(f'no run is called "{shown}"{hint}; `mlp-tui runs` lists them')
    names = ", ".join(run.run if exact else run.shown_name for run in found[:3])
    raise UsageError(f'"{shown}" is part of {len(found)} runs: {names}{" …" if len(found) > 3 else ""}; write more of the name')


@dataclass(frozen=True, slots=True)
class CheckpointReference:
    """A checkpoint of one of our runs."""

    run: RunDirectory
    folder: Path
    manifest: Manifest


def find_checkpoint(reference: str) -> CheckpointReference:
    """The checkpoint that RUN[:best|last|EPOCH|ID], or a file in a checkpoint's folder, means; RUN alone is RUN:best.

    UsageError where the run, epoch or file is not there, CheckpointError where a file is no checkpoint of a run.
    """
    if is_path(reference):
        return _checkpoint_of_file(reference)
    name, _, which = reference.partition(":")
    run = find_run(name)
    history = run.history(with_steps=False)
    manifest = choose_checkpoint(run, history, which or "best")
    return CheckpointReference(run, run.checkpoints_folder / manifest.id, manifest)


def choose_checkpoint(run: RunDirectory, history: RunHistory, which: str) -> Manifest:
    """`best`, `last`, an epoch's number or an id among the run's well-formed checkpoints that no later attempt superseded."""
    everything = run.checkpoints()
    current = [manifest for manifest in everything if not history.is_superseded(manifest.attempt, manifest.step)]
    if which == "best":
        chosen = best_checkpoint(current) or (current[-1] if current else None)
    elif which == "last":
        chosen = current[-1] if current else None
    elif re.fullmatch("[0-9]{1,9}", which):
        epochs = [manifest for manifest in current if manifest.epoch_complete and manifest.epoch == int(which)]
        chosen = max(epochs, key=lambda manifest: manifest.attempt, default=None)
    else:
        chosen = next((manifest for manifest in everything if manifest.id == which), None)
    if chosen is not None:
        return chosen
    if is_checkpoint_id(which) and os.path.lexists(run.checkpoints_folder / which):
        return read_manifest(run.checkpoints_folder / which)
    damaged = run.damaged_checkpoints()
    if damaged and not current:
        raise CheckpointError(damaged[0])
    have = f"it has epochs {current[0].epoch} to {current[-1].epoch}" if current else "it has no checkpoint yet"
    raise UsageError(
        f'{run.shown_name} has no checkpoint "{safe_text(which, 40)}"; {have}; write best, last, an epoch or an id'
    )


def _checkpoint_of_file(reference: str) -> CheckpointReference:
    path, shown = Path(os.path.expanduser(reference)).absolute(), safe_text(reference, 160)  # noqa: PTH111 (~x may be no user)
    try:
        is_there = os.path.lexists(path)
    except ValueError:
        is_there = False
    if not is_there:
        raise UsageError(f"{shown} is not there; give a checkpoint's file, or RUN:best, RUN:last, RUN:EPOCH")
    folder = path if path.is_dir() else path.parent
    if not _is_file(folder / MANIFEST) or not _is_file(folder.parent.parent / "run.json"):
        raise CheckpointError(f"{shown} is no checkpoint of a run; give RUN:best, or a file in a run's checkpoints/ folder")
    return CheckpointReference(RunDirectory(folder.parent.parent), folder, read_manifest(folder))
