"""CheckpointStore: saves of one attempt, published whole, and the retention of the run's older ones."""

from __future__ import annotations

import hashlib
from typing import Any

from tui_trainer.engine.tensor_files import dump_tensors
from tui_trainer.engine.training_state import Snapshot
from tui_trainer.engine.weight_average import EMA
from tui_trainer.engine.weights_digest import weights_sha256
from tui_trainer.runs.event_log import EventLog
from tui_trainer.runs.labels import read_labels
from tui_trainer.runs.manifest import MANIFEST, RESUME, SCHEMA, WEIGHTS, FileRecord, Manifest, checkpoint_id, format_manifest
from tui_trainer.runs.paths import ensure_folder
from tui_trainer.runs.publisher import delete, delete_folder, publish_folder, sync_folder
from tui_trainer.runs.retention import Deletion, plan_deletions
from tui_trainer.runs.run_directory import RunDirectory


class CheckpointStore:
    """Writes checkpoints of the run whose lock this process holds; `facts` are the manifest's fields that never change."""

    def __init__(self, run: RunDirectory, log: EventLog, facts: dict[str, Any]) -> None:
        self._run, self._log, self._facts = run, log, facts
        self._saved: set[str] = set()

    def save(self, snapshot: Snapshot, metrics: dict[str, float]) -> str | None:
        """Publish a checkpoint and record it; its id, or None where the disk refused it, which is recorded too.

        With `metrics` it is an epoch's save, without them one in the middle of an epoch. A step is saved once an attempt.
        """
        identifier = checkpoint_id(snapshot.position.step, self._log.attempt)
        if identifier in self._saved:
            return identifier
        data = {WEIGHTS: dump_tensors(snapshot.weights), RESUME: dump_tensors(snapshot.resume)}
        if snapshot.average is not None:
            data[EMA] = dump_tensors(snapshot.average)
        manifest = self._describe(identifier, snapshot, data, metrics)
        try:
            # The log first: no save may be on disk that contains an epoch which the log does not know.
            self._log.sync()
            target = ensure_folder(self._run.checkpoints_folder) / identifier
            publish_folder(target, {**data, MANIFEST: format_manifest(manifest)})
        except OSError as error:
            message = f"{identifier} could not be saved: {error.strerror}; the last save stays, the next is tried in time"
            self._log.append("warning", code="checkpoint_failed", message=message, errno=error.errno)
            return None
        self._saved.add(identifier)
        self._log.append(
            "checkpoint_saved",
            checkpoint=identifier,
            step=manifest.step,
            epoch=manifest.epoch,
            weights_sha256=manifest.weights_sha256,
            bytes=manifest.num_bytes,
        )
        self._log.sync()
        self._retain()
        return identifier

    def _describe(self, identifier: str, snapshot: Snapshot, data: dict[str, bytes], metrics: dict[str, float]) -> Manifest:
        position = snapshot.position
        return Manifest.model_validate(
            {
                "schema": SCHEMA,
                "id": identifier,
                "attempt": self._log.attempt,
                "step": position.step,
                "epoch": position.epoch,
                "epoch_complete": position.examples_used == 0,
                "position": position.examples_used,
                "metrics": metrics,
                "weights_sha256": weights_sha256(snapshot.weights),
                "scalars": snapshot.scalars,
                "files": {name: _record(content) for name, content in data.items()},
                **self._facts,
            }
        )

    def _retain(self) -> None:
        training = self._run.config.training
        plan = plan_deletions(
            self._run.checkpoints(),
            keep_bytes=training.keep_bytes,
            keep_last=training.keep_last,
            keep=read_labels(self._run.path).keep,
        )
        for deletion in plan:
            self._carry_out(deletion)

    def _carry_out(self, deletion: Deletion) -> None:
        folder = self._run.checkpoints_folder / deletion.checkpoint
        try:
            if deletion.is_whole:
                delete_folder(folder)
            else:
                delete(folder / RESUME)
                sync_folder(folder)
        except OSError as error:
            message = f"{deletion.checkpoint} could not be deleted: {error.strerror}; it stays"
            self._log.append("warning", code="deletion_failed", message=message, errno=error.errno)
            return
        event = "checkpoint_deleted" if deletion.is_whole else "resume_state_deleted"
        self._log.append(event, checkpoint=deletion.checkpoint, reason="keep_bytes")


def _record(data: bytes) -> FileRecord:
    return FileRecord(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
