"""RunListing: the runs on disk and their checkpoints, as a browser shows them, read again only where something changed.

`read` follows each run's log from its last offset, looks into a checkpoints folder only when its time has changed, and gives
the same RunEntry object back for a run of which nothing is new. It touches many files, so it is called from a thread; it
writes nothing, verifies no digest (a listing needs well-formed manifests only) and raises nothing for a damaged run.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.event_log import EventReader
from tui_trainer.runs.labels import LABELS, Labels, read_labels
from tui_trainer.runs.manifest import Manifest, is_checkpoint_id, read_manifest
from tui_trainer.runs.run_directory import RunDirectory, RunStatus, best_checkpoint
from tui_trainer.runs.run_history import EpochRecord, RunHistory
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.run_summary import read_changes
from tui_trainer.runs.safe_text import safe_text

NO_LABELS = Labels()


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
class RunEntry:
    """One run with its checkpoints, newest first."""

    run: RunDirectory
    status: RunStatus
    checkpoints: tuple[CheckpointEntry, ...]
    best: CheckpointEntry | None
    """Its best saved state by test accuracy."""
    epochs: tuple[EpochRecord, ...]
    num_epochs: int | None
    created_s: float | None
    """Seconds since 1970 at which it was made; None where run.json does not say."""
    config: RunConfig | None
    """None where run.toml is damaged."""
    started: Mapping[str, Any]
    """Fields of the last `run_started`, empty before it."""
    num_inputs: int | None
    num_classes: int | None
    problem: str = ""
    """Why it failed, or what is damaged, in one safe line; empty where all is well."""
    labels: Labels = NO_LABELS
    """What a person said of it."""
    changes: tuple[tuple[str, str], ...] = ()
    """(key, value) of what its configuration says otherwise than the defaults."""
    words: str = ""
    """Everything that it is found by when one types, in lower case; made here, because thousands are looked through at once."""

    @property
    def name(self) -> str:
        """What it is called: as a person named it, else its shown name."""
        return self.labels.name or self.run.shown_name

    @property
    def key(self) -> str:
        """The folder's name, which no other run has."""
        return self.run.run

    @property
    def epoch(self) -> int:
        """Completed epochs."""
        return self.epochs[-1].epoch if self.epochs else 0

    @property
    def num_bytes(self) -> int:
        """Bytes of all its checkpoints."""
        return sum(checkpoint.num_bytes for checkpoint in self.checkpoints)

    @property
    def has_died(self) -> bool:
        """Whether it ended in a way that nobody wanted."""
        return self.status in (RunStatus.FAILED, RunStatus.CRASHED)

    @property
    def is_resumable(self) -> bool:
        """Whether `resume` would start a new attempt."""
        return self.status in (RunStatus.STOPPED, RunStatus.FAILED, RunStatus.CRASHED)


MAX_SETTLED_READ = 300
"""Ended runs that are looked at in one reading."""
MANY_NEW = 100


class RunListing:
    """All runs on disk; one reader at a time may call `read`, from any thread."""

    def __init__(self) -> None:
        self._followed: dict[Path, _FollowedRun] = {}
        self._num_read = 0
        self.num_unread = 0
        """Runs of which nothing was read yet; `read` again gives more of them."""

    def read(self, max_new: int | None = None, *, everything: bool = False) -> tuple[RunEntry, ...]:
        """The runs, newest first, as they are now; of those never read before at most `max_new`, the newest.

        A run that has ended is looked at again now and then only, because of thousands hardly one changes; `everything` looks
        at all of them.
        """
        runs = run_directories()
        self._followed = {run.path: self._followed.get(run.path) or _FollowedRun(run) for run in runs}
        entries, num_new = [], 0
        self._num_read += 1
        turns = max(1, -(-len(runs) // MAX_SETTLED_READ))
        for index, followed in enumerate(self._followed.values()):
            is_new = followed.entry is None
            if is_new and max_new is not None and num_new >= max_new:
                continue
            num_new += is_new
            is_due = everything or not followed.is_settled or index % turns == self._num_read % turns
            entries.append(followed.read() if is_due or followed.entry is None else followed.entry)
        self.num_unread = len(runs) - len(entries)
        if num_new > MANY_NEW:
            # What was read stays for as long as the list does; looking for garbage among it held the app up for over a second.
            gc.freeze()
        return tuple(entries)


class _FollowedRun:
    """One run and what was read of it so far."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._history = RunHistory()
        # A listing needs no step; leaving them unparsed is some ten times as fast.
        self._reader = EventReader(run.events_path, skip=("steps",))
        self._folder_time_ns = -1
        self._saved: dict[str, Manifest] = {}
        self._damaged: dict[str, str] = {}
        self._labels, self._labels_time_ns = NO_LABELS, -1
        self._known: tuple[object, ...] = ()
        self._entry: RunEntry | None = None

    @property
    def entry(self) -> RunEntry | None:
        """What was read last; None before the first time."""
        return self._entry

    @property
    def is_settled(self) -> bool:
        """Whether it has ended, so that it changes only when somebody goes on with it or deletes from it."""
        return self._entry is not None and self._history.ended is not None

    def read(self) -> RunEntry:
        """The entry of this run; the same object as before where nothing changed."""
        for event in self._reader.read_all():
            self._history.apply(event)
        self._read_checkpoints()
        status, problem = self._read_status()
        self._read_labels()
        known = (self._history.num_events, self._folder_time_ns, status, problem, self._labels)
        if self._entry is None or known != self._known:
            self._known = known
            self._entry = self._build(status, problem)
        return self._entry

    def _read_labels(self) -> None:
        try:
            time_ns = (self._run.path / LABELS).stat().st_mtime_ns
        except OSError:
            time_ns = -1
        if time_ns != self._labels_time_ns:
            self._labels_time_ns = time_ns
            self._labels = read_labels(self._run.path) if time_ns >= 0 else NO_LABELS

    def _read_checkpoints(self) -> None:
        folder = self._run.checkpoints_folder
        try:
            time_ns = folder.stat().st_mtime_ns
            names = [path.name for path in folder.iterdir() if is_checkpoint_id(path.name)]
        except OSError:
            time_ns, names = -1, []
        if time_ns == self._folder_time_ns:
            return
        self._folder_time_ns = time_ns
        saved, self._damaged = {}, {}
        for name in names:
            # A published folder is never written again, so what was read of it holds.
            known = self._saved.get(name)
            try:
                saved[name] = known or read_manifest(folder / name)
            except (MlpTuiError, OSError) as error:
                self._damaged[name] = error.message if isinstance(error, MlpTuiError) else safe_text(error, 200)
        self._saved = saved

    def _read_status(self) -> tuple[RunStatus, str]:
        try:
            _ = self._run.info
            status = self._run.status(self._history)
        except (MlpTuiError, OSError) as error:
            return RunStatus.UNKNOWN, safe_text(error, 200)
        if status is RunStatus.FAILED and self._history.ended is not None:
            return status, safe_text(self._history.ended.get("reason") or "failed", 200)
        if status is RunStatus.CRASHED:
            return status, "the trainer died without a last word"
        damaged_lines = self._history.damaged_lines + self._reader.damaged_lines
        return status, f"{damaged_lines:,} damaged lines of its log skipped" if damaged_lines else ""

    def _build(self, status: RunStatus, problem: str) -> RunEntry:
        checkpoints, config_problem = self._build_checkpoints(), ""
        try:
            config = self._run.config
        except (MlpTuiError, OSError) as error:
            config, config_problem = None, safe_text(error, 200)
        model = next(iter(self._saved.values())).model if self._saved else {}
        shown_problem = problem or config_problem
        return RunEntry(
            run=self._run,
            status=status,
            checkpoints=checkpoints,
            best=next((checkpoint for checkpoint in checkpoints if checkpoint.is_best), None),
            epochs=tuple(self._history.epochs),
            num_epochs=self._history.num_epochs,
            created_s=self._read_created(),
            config=config,
            started=dict(self._history.started or {}),
            num_inputs=_count(model.get("num_inputs")),
            num_classes=_count(model.get("num_classes")),
            problem=shown_problem,
            labels=self._labels,
            changes=read_changes(self._run.config_path),
            words=_searched_words(self._run, status, shown_problem, config, self._labels),
        )

    def _build_checkpoints(self) -> tuple[CheckpointEntry, ...]:
        folder = self._run.checkpoints_folder
        entries = [
            CheckpointEntry(
                id=manifest.id,
                folder=folder / manifest.id,
                step=manifest.step,
                epoch=manifest.epoch,
                epoch_complete=manifest.epoch_complete,
                test_acc=manifest.metrics.get("test_acc"),
                train_acc=manifest.metrics.get("train_acc"),
                test_r2=manifest.metrics.get("test_r2"),
                num_bytes=manifest.num_bytes,
                is_superseded=self._history.is_superseded(manifest.attempt, manifest.step),
            )
            for manifest in self._saved.values()
        ]
        current = sorted((entry.step, entry.id) for entry in entries if not entry.is_superseded)
        best = best_checkpoint([self._saved[identifier] for _, identifier in current])
        entries = [replace(entry, is_best=best is not None and entry.id == best.id) for entry in entries]
        entries += [
            CheckpointEntry(id=name, folder=folder / name, step=int(name[1:].partition("-")[0]), problem=problem)
            for name, problem in self._damaged.items()
        ]
        return tuple(sorted(entries, key=lambda entry: (entry.step, entry.id), reverse=True))

    def _read_created(self) -> float | None:
        try:
            return datetime.fromisoformat(str(self._run.info.get("created"))).timestamp()
        except (MlpTuiError, OSError, ValueError, OverflowError):
            return None


def _searched_words(run: RunDirectory, status: RunStatus, problem: str, config: RunConfig | None, labels: Labels) -> str:
    words = [run.shown_name, labels.name or "", labels.note, *labels.tags, status.value, problem]
    if config is not None:
        model = config.model
        words += [config.name, config.optimizer.name, config.schedule.name, str(model.activation), str(config.data.source)]
        words += ["-".join(map(str, model.hidden)), "dropout" * bool(model.dropout), "batch_norm" * model.batch_norm]
    return " ".join(words).casefold()


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
