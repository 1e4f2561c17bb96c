"""FollowedRun: one run read in full, and read again only where something changed.

`read` follows the log from its last offset, looks into the checkpoints folder only when its time has changed, and gives the
same RunEntry object back where nothing is new. It is called from a thread; it writes nothing, verifies no digest (a list needs
well-formed manifests only) and raises nothing for a damaged run.
"""

from __future__ import annotations

from dataclasses import replace

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.event_log import EventReader
from tui_trainer.runs.labels import LABELS, read_labels
from tui_trainer.runs.manifest import Manifest, is_checkpoint_id, read_manifest
from tui_trainer.runs.run_directory import RunDirectory, RunStatus, best_checkpoint
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_summary import read_changes
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.run_entry import NO_LABELS, CheckpointEntry, RunDetails, RunEntry, read_created, searched_words


class FollowedRun:
    """A run and what was read of it so far; `read` as often as something may be new."""

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
        config_problem, config = "", None
        try:
            config = self._run.config
        except (MlpTuiError, OSError) as error:
            config_problem = safe_text(error, 200)
        details = self._build_details(config)
        shown_problem, best, changes = problem or config_problem, details.best, read_changes(self._run.config_path)
        return RunEntry(
            run=self._run,
            status=status,
            epoch=details.epochs[-1].epoch if details.epochs else 0,
            num_epochs=self._history.num_epochs,
            created_s=self._read_created(),
            num_parameters=_count(details.started.get("num_parameters")),
            num_checkpoints=len(details.checkpoints),
            num_bytes=sum(checkpoint.num_bytes for checkpoint in details.checkpoints),
            test_acc=best.test_acc if best else None,
            train_acc=best.train_acc if best else None,
            test_r2=best.test_r2 if best else None,
            problem=shown_problem,
            labels=self._labels,
            changes=changes,
            words=searched_words(self._run, status, shown_problem, self._labels, changes),
            details=details,
        )

    def _build_details(self, config: RunConfig | None) -> RunDetails:
        checkpoints = self._build_checkpoints()
        model = next(iter(self._saved.values())).model if self._saved else {}
        return RunDetails(
            checkpoints=checkpoints,
            best=next((checkpoint for checkpoint in checkpoints if checkpoint.is_best), None),
            epochs=tuple(self._history.epochs),
            config=config,
            started=dict(self._history.started or {}),
            num_inputs=_count(model.get("num_inputs")),
            num_classes=_count(model.get("num_classes")),
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
            return read_created(self._run.info.get("created"))
        except (MlpTuiError, OSError):
            return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
