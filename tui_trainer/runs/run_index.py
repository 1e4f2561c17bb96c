"""Which runs there are, and what a RUN or CHECKPOINT on the command line means."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tui_trainer.runs.config_errors import nearest
from tui_trainer.runs.errors import CheckpointError, MlpTuiError, UsageError
from tui_trainer.runs.manifest import MANIFEST, Manifest, read_manifest
from tui_trainer.runs.paths import runs_folder
from tui_trainer.runs.run_directory import RunDirectory, RunStatus, best_checkpoint
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.safe_text import safe_text

CHECKPOINT_SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")
FILE_SUFFIXES = (".toml", *CHECKPOINT_SUFFIXES)


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

    def as_json(self) -> dict[str, Any]:
        """The fields of `mlp-tui runs --json`."""
        fields = asdict(self)
        for hidden in ("path", "best_epoch", "checkpoint_bytes"):
            del fields[hidden]
        return {**fields, "status": self.status.value}


def run_directories() -> list[RunDirectory]:
    """All runs on disk, newest first; unborn and foreign folders are left out."""
    try:
        folders = [path for path in runs_folder().iterdir() if not path.name.startswith(".") and (path / "run.json").is_file()]
    except OSError:
        return []
    return [RunDirectory(path) for path in sorted(folders, key=lambda path: path.name, reverse=True)]


def list_runs() -> list[RunSummary]:
    """A summary of each run, newest first; a damaged one is listed as unknown."""
    return [summarise_run(run) for run in run_directories()]


def summarise_run(run: RunDirectory) -> RunSummary:
    """The summary of one run, from its log (without the steps), its lock and its checkpoints' events."""
    history = run.history(with_steps=False)
    try:
        status, created = run.status(history), str(run.info.get("created", ""))
    except MlpTuiError:
        status, created = RunStatus.UNKNOWN, ""
    best = history.best
    return RunSummary(
        run=run.run,
        name=run.shown_name,
        status=status,
        epoch=history.epochs[-1].epoch if history.epochs else 0,
        epochs=history.num_epochs,
        best_test_acc=best.test_acc if best else None,
        best_epoch=best.epoch if best else None,
        created=created,
        device=str(history.started["device"]) if history.started and "device" in history.started else None,
        num_checkpoints=len(history.checkpoints),
        checkpoint_bytes=sum(_bytes_of(event) for event in history.checkpoints.values()),
        path=run.path,
    )


def _bytes_of(event: dict[str, Any]) -> int:
    value = event.get("bytes")
    return value if isinstance(value, int) else 0


def is_path(argument: str) -> bool:
    """Whether an argument means a file: by its ending, a slash in it, or because it names one."""
    return argument.endswith(FILE_SUFFIXES) or "/" in argument or Path(argument).is_file()


def find_run(reference: str) -> RunDirectory:
    """The run that `reference` means: its folder, its shown name, any unique part, or `last`.

    UsageError where there is none or more than one.
    """
    runs = run_directories()
    if not runs:
        raise UsageError("there are no runs yet; `mlp-tui train` makes one")
    if reference == "last":
        return runs[0]
    if "/" in reference and (Path(reference) / "run.json").is_file():
        return RunDirectory(Path(reference).absolute())
    exact = [run for run in runs if reference in (run.run, run.shown_name)]
    found = exact or [run for run in runs if reference and reference in run.run]
    if len(found) == 1:
        return found[0]
    shown = safe_text(reference, 60)
    if not found:
        hint = nearest(reference, [run.shown_name for run in runs[:8]])
        raise UsageError(f'no run is called "{shown}"{hint}; `mlp-tui runs` lists them')
    names = ", ".join(run.shown_name for run in found[:4])
    raise UsageError(f'"{shown}" is part of {len(found)} runs: {names}{" …" if len(found) > 4 else ""}; write more of the name')


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
        return _checkpoint_of_file(Path(reference).expanduser().absolute())
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
    elif which.isdigit():
        epochs = [manifest for manifest in current if manifest.epoch_complete and manifest.epoch == int(which)]
        chosen = max(epochs, key=lambda manifest: manifest.attempt, default=None)
    else:
        chosen = next((manifest for manifest in everything if manifest.id == which), None)
    if chosen is not None:
        return chosen
    damaged = run.damaged_checkpoints()
    if damaged:
        raise CheckpointError(damaged[0])
    have = f"it has epochs {current[0].epoch} to {current[-1].epoch}" if current else "it has no checkpoint yet"
    raise UsageError(
        f'{run.shown_name} has no checkpoint "{safe_text(which, 40)}"; {have}; write best, last, an epoch or an id'
    )


def _checkpoint_of_file(path: Path) -> CheckpointReference:
    shown = safe_text(path, 160)
    if not path.exists() and not path.is_symlink():
        raise UsageError(f"{shown} is not there; give a checkpoint's file, or RUN:best, RUN:last, RUN:EPOCH")
    folder = path if path.is_dir() else path.parent
    if not (folder / MANIFEST).is_file() or not (folder.parent.parent / "run.json").is_file():
        raise CheckpointError(f"{shown} is no checkpoint of a run; give RUN:best, or a file in a run's checkpoints/ folder")
    return CheckpointReference(RunDirectory(folder.parent.parent), folder, read_manifest(folder))
