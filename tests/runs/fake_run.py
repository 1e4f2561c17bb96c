"""Run directories and checkpoints as a trainer would have left them, written without one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_file import format_config
from tui_trainer.runs.manifest import MANIFEST, WEIGHTS, Manifest, checkpoint_id, format_manifest
from tui_trainer.runs.paths import ensure_folder, runs_folder
from tui_trainer.runs.publisher import publish_folder
from tui_trainer.runs.run_directory import RunDirectory

DAY = "20261123T231201Z"


def make_run(
    shown: str = "book-3f2a", *, day: str = DAY, events: Iterable[Mapping[str, Any]] = (), info: Mapping[str, Any] | None = None
) -> RunDirectory:
    """A run whose folder, run.toml, run.json and events.jsonl exist."""
    folder = ensure_folder(runs_folder() / f"{day}-{shown}")
    (folder / "run.toml").write_text(format_config(RunConfig()))
    tables = {"schema": 1, "run": folder.name, "created": "2026-11-23T23:12:01.123Z", **(info or {})}
    (folder / "run.json").write_text(json.dumps(tables))
    write_events(folder / "events.jsonl", events)
    return RunDirectory(folder)


def write_events(path: Path, events: Iterable[Mapping[str, Any]]) -> None:
    """The events as lines of a log, numbered, all of attempt 1 unless they say otherwise."""
    lines = [
        json.dumps({"seq": seq, "attempt": 1, **event}, separators=(",", ":")) + "\n"
        for seq, event in enumerate(events, start=1)
    ]
    path.write_text("".join(lines))


def started(attempt: int = 1, resumed_step: int | None = None, **fields: Any) -> dict[str, Any]:
    """`run_started` of a run of 5 epochs with 10 steps each."""
    resumed = None if resumed_step is None else {"checkpoint": checkpoint_id(resumed_step, 1), "step": resumed_step}
    common = {"epochs": 5, "steps_per_epoch": 10, "device": "cpu", "resumed_from": resumed}
    return {"event": "run_started", "attempt": attempt, **common, **fields}


def steps(first_step: int, losses: list[Any], attempt: int = 1) -> dict[str, Any]:
    """`steps` with these losses."""
    return {"event": "steps", "attempt": attempt, "first_step": first_step, "losses": losses, "lr": 0.5}


def epoch_ended(epoch: int, test_acc: float | None = 0.9, attempt: int = 1, **fields: Any) -> dict[str, Any]:
    """`epoch_ended` after 10 steps an epoch."""
    common = {"step": epoch * 10, "train_loss": 1.0 / epoch, "train_acc": 0.95, "test_acc": test_acc, "epoch_s": 2.0}
    return {"event": "epoch_ended", "attempt": attempt, "epoch": epoch, **common, **fields}


def ended(status: str = "done", attempt: int = 1) -> dict[str, Any]:
    """`run_ended`."""
    return {"event": "run_ended", "attempt": attempt, "status": status, "exit_code": 0}


def make_manifest(files: Mapping[str, bytes], step: int, attempt: int = 1, **fields: Any) -> Manifest:
    """A manifest of `files` ({name: bytes})."""
    records = {name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in files.items()}
    tables: dict[str, Any] = {
        "schema": 1,
        "id": checkpoint_id(step, attempt),
        "attempt": attempt,
        "step": step,
        "epoch": step // 10,
        "epoch_complete": step % 10 == 0,
        "position": 0,
        "metrics": {},
        "weights_sha256": "0" * 64,
        "model": {},
        "data_fingerprint": "0" * 64,
        "preprocessing": {},
        "versions": {"mlp-tui": "0.1.0"},
        "threads": 1,
        "device": "cpu",
        "scalars": {},
        "files": records,
    }
    return Manifest.model_validate({**tables, **fields})


def make_checkpoint(
    run: RunDirectory, step: int, attempt: int = 1, *, files: Mapping[str, bytes] | None = None, **fields: Any
) -> Path:
    """A published checkpoint of `run`; its folder."""
    contents = dict(files or {WEIGHTS: b"weights of step %d" % step})
    manifest = make_manifest(contents, step, attempt, **fields)
    folder = ensure_folder(run.checkpoints_folder) / manifest.id
    publish_folder(folder, {**contents, MANIFEST: format_manifest(manifest)})
    return folder
