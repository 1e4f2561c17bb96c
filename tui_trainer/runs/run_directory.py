"""RunDirectory: one run on disk, for readers. It writes nothing; the trainer and `labels` have their own ways."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from tui_trainer.runs.config import RunConfig, validate_config
from tui_trainer.runs.config_file import read_config_file
from tui_trainer.runs.errors import CheckpointError, MlpTuiError, NewerSchemaError
from tui_trainer.runs.event_log import EventReader
from tui_trainer.runs.manifest import Manifest, is_checkpoint_id, read_manifest, read_regular
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_lock import Liveness, read_liveness
from tui_trainer.runs.safe_text import safe_text

SCHEMA = 1
NEW_PREFIX = ".new-"
_FOLDER = re.compile(r"[0-9]{8}T[0-9]{6}Z-(?P<shown>[A-Za-z0-9._-]{1,64}-[0-9a-f]{4})")
_MAX_INFO_BYTES = 1 << 20


class RunStatus(StrEnum):
    """What a run does now, or how it ended."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    CRASHED = "crashed"
    UNKNOWN = "unknown"

    @property
    def is_live(self) -> bool:
        """Whether a trainer works for it now."""
        return self in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED)


class RunDirectory:
    """A run's folder and what can be read from it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"RunDirectory({self.run!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunDirectory) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def run(self) -> str:
        """The folder's name, which is the run's own."""
        return self.path.name.removeprefix(NEW_PREFIX)

    @property
    def shown_name(self) -> str:
        """The short name, safe to show: book-3f2a."""
        match = _FOLDER.fullmatch(self.run)
        return match["shown"] if match else safe_text(self.run, 100)

    @property
    def config_path(self) -> Path:
        """run.toml."""
        return self.path / "run.toml"

    @property
    def info_path(self) -> Path:
        """run.json."""
        return self.path / "run.json"

    @property
    def events_path(self) -> Path:
        """events.jsonl."""
        return self.path / "events.jsonl"

    @property
    def lock_path(self) -> Path:
        """The lock, held by the trainer."""
        return self.path / "lock"

    @property
    def log_path(self) -> Path:
        """Everything the trainer printed."""
        return self.path / "trainer.log"

    @property
    def control_folder(self) -> Path:
        """Requests of viewers."""
        return self.path / "control"

    @property
    def checkpoints_folder(self) -> Path:
        """One folder a checkpoint."""
        return self.path / "checkpoints"

    @property
    def evaluations_folder(self) -> Path:
        """Results of evaluations."""
        return self.path / "evaluations"

    @cached_property
    def config(self) -> RunConfig:
        """The configuration as it was at the start; ConfigError where run.toml is damaged."""
        return validate_config(read_config_file(self.config_path))

    @cached_property
    def info(self) -> dict[str, Any]:
        """run.json; CheckpointError where it is damaged or of a newer schema."""
        try:
            tables = json.loads(read_regular(self.info_path, _MAX_INFO_BYTES))
        except (OSError, ValueError, RecursionError):
            tables = None
        if not isinstance(tables, dict) or not isinstance(tables.get("schema"), int):
            raise CheckpointError(
                f"{safe_text(self.info_path, 160)} is missing or damaged; this is no run of mlp-tui, or not any more"
            )
        self.check_schema(tables)
        return tables

    def check_schema(self, tables: Mapping[str, Any]) -> None:
        """NewerSchemaError where `tables` (run.json, or a `run_started` of its log) are of a schema that is not known here."""
        schema = tables.get("schema")
        if isinstance(schema, int) and schema > SCHEMA:
            raise NewerSchemaError(
                f"{self.shown_name} has schema {safe_text(schema, 20)}, this version reads up to {SCHEMA}; update mlp-tui"
            )

    @property
    def fork_facts(self) -> dict[str, Any]:
        """What run.json says of a fork beside its parent; empty for a run that is none. CheckpointError as for `info`."""
        facts = self.info.get("fork")
        return facts if isinstance(facts, dict) else {}

    def history(self, *, with_steps: bool = True) -> RunHistory:
        """The whole log folded; without steps it is some ten times as fast and knows no losses."""
        reader = EventReader(self.events_path, skip=() if with_steps else ("steps",))
        history = RunHistory()
        for event in reader.read_all():
            history.apply(event)
        history.damaged_lines += reader.damaged_lines
        return history

    def liveness(self) -> Liveness:
        """Whether its trainer lives."""
        return read_liveness(self.lock_path)

    def status(self, history: RunHistory) -> RunStatus:
        """What the run does now, from its history and its lock."""
        if history.ended is not None:
            return _ended_status(str(history.ended.get("status")))
        match self.liveness():
            case Liveness.UNKNOWN:
                return RunStatus.UNKNOWN
            case Liveness.DEAD:
                return RunStatus.CRASHED
        if history.started is None:
            return RunStatus.QUEUED
        return RunStatus.PAUSED if history.is_paused else RunStatus.RUNNING

    def checkpoints(self) -> list[Manifest]:
        """Well-formed manifests by step and attempt; damaged ones are left out."""
        found = []
        for folder in self._checkpoint_folders():
            try:
                found.append(read_manifest(folder))
            except CheckpointError:
                continue
        return sorted(found, key=lambda manifest: (manifest.step, manifest.attempt))

    def damaged_checkpoints(self) -> list[str]:
        """One line for each checkpoint folder that is not well-formed."""
        problems = []
        for folder in self._checkpoint_folders():
            try:
                read_manifest(folder)
            except MlpTuiError as error:
                problems.append(error.message)
        return problems

    def _checkpoint_folders(self) -> list[Path]:
        try:
            return sorted(folder for folder in self.checkpoints_folder.iterdir() if is_checkpoint_id(folder.name))
        except OSError:
            return []


def _ended_status(written: str) -> RunStatus:
    return RunStatus(written) if written in ("done", "stopped", "failed") else RunStatus.UNKNOWN


def best_checkpoint(checkpoints: list[Manifest]) -> Manifest | None:
    """The one with the highest recorded validation accuracy, without a validation split test accuracy; None: none has any.

    Of a regression the one with the lowest loss. The earlier of two that are equal.
    """
    metric = best_metric(checkpoints)
    scored = [manifest for manifest in checkpoints if manifest.epoch_complete and metric in manifest.metrics]
    if metric.endswith("_loss"):
        return min(scored, key=lambda manifest: (manifest.metrics[metric], manifest.epoch), default=None)
    return max(scored, key=lambda manifest: (manifest.metrics[metric], -manifest.epoch), default=None)


def best_metric(checkpoints: list[Manifest]) -> str:
    """By what the best of `checkpoints` is chosen: val_acc or test_acc, and of a regression val_loss or test_loss."""
    recorded = {name for manifest in checkpoints for name in manifest.metrics}
    split = "val" if "val_loss" in recorded else "test"
    return f"{split}_{'loss' if 'test_r2' in recorded else 'acc'}"
