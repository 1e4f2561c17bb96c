"""What `mlp-tui show` says of a run: one JSON document, and its lines for people."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.config import RunConfig, dump_config, validate_config
from tui_trainer.runs.diagnosis import diagnose
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.manifest import Manifest
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_family import format_family, node_from_json, read_family
from tui_trainer.runs.run_history import EpochRecord, RunHistory

NUM_CHECKPOINTS_SHOWN = 8
NUM_WARNINGS_SHOWN = 5


def describe_run(run: RunDirectory) -> dict[str, Any]:
    """The document of `show --json`; CheckpointError where the folder is no run."""
    info, history = run.info, run.history(with_steps=False)
    status = run.status(history)
    if status is RunStatus.CRASHED:
        # Only the steps tell where it died.
        history = run.history()
    diagnosis = diagnose(history, status, _config_or_none(run))
    started = history.started or {}
    checkpoints = run.checkpoints()
    return {
        "run": run.run,
        "name": run.shown_name,
        "status": status.value,
        "path": str(run.path),
        "created": info.get("created"),
        "parent": info.get("parent"),
        "family": read_family(run).as_json(),
        "words": diagnosis.line,
        "signs": [asdict(sign) for sign in diagnosis.signs],
        "changes": [change.as_json() for change in history.changes],
        "config": _config(run),
        **{key: started.get(key) for key in ("device", "device_name", "threads", "versions", "num_parameters", "exact")},
        "attempts": history.attempt,
        "epoch": history.epochs[-1].epoch if history.epochs else 0,
        "epochs": history.num_epochs,
        "step": history.step,
        "best": _epoch(history.best),
        "last": _epoch(history.epochs[-1] if history.epochs else None),
        "ended": _ended(history),
        "checkpoints": [_checkpoint(manifest, history) for manifest in checkpoints],
        "warnings": [{"code": event.get("code"), "message": event.get("message")} for event in history.warnings],
        "damaged_lines": history.damaged_lines,
        "damaged_checkpoints": run.damaged_checkpoints(),
    }


def _config(run: RunDirectory) -> dict[str, Any] | None:
    config = _config_or_none(run)
    return None if config is None else dump_config(config)


def _config_or_none(run: RunDirectory) -> RunConfig | None:
    try:
        return run.config
    except ConfigError:
        return None


def _epoch(record: EpochRecord | None) -> dict[str, Any] | None:
    return None if record is None else asdict(record)


def _ended(history: RunHistory) -> dict[str, Any] | None:
    if history.ended is None:
        return None
    return {key: history.ended.get(key) for key in ("status", "exit_code", "reason", "time", "weights_sha256")}


def _checkpoint(manifest: Manifest, history: RunHistory) -> dict[str, Any]:
    return {
        "checkpoint": manifest.id,
        "step": manifest.step,
        "epoch": manifest.epoch,
        "epoch_complete": manifest.epoch_complete,
        "metrics": manifest.metrics,
        "bytes": manifest.num_bytes,
        "is_superseded": history.is_superseded(manifest.attempt, manifest.step),
        "weights_sha256": manifest.weights_sha256,
    }


def format_run_card(card: dict[str, Any]) -> Iterator[str]:
    """The lines of `show` for people."""
    where = f" at step {card['step']:,}" if card["status"] == "crashed" else ""
    yield f"{card['name']}  {card['status']}{where}{_reason(card['ended'])}"
    yield from (f"  {label:<12}{value}" for label, value in _facts(card) if value)
    for change in card["changes"]:
        yield f"  {'changed':<12}{change['key']} {change['old']} -> {change['new']} after step {change['step']:,}"
    yield f"  {'in words':<12}{card['words']}"
    for sign in card["signs"]:
        yield f"  {sign['name'].replace('_', ' '):<12}{sign['words']}; {sign['try_words']}"
    yield from _family_lines(card)
    yield from _checkpoint_lines(card["checkpoints"])
    for warning in card["warnings"][-NUM_WARNINGS_SHOWN:]:
        yield f"  warning: {warning['message'] or warning['code']}"
    if card["damaged_lines"]:
        yield f"  {card['damaged_lines']} damaged lines of the log skipped"
    for line in card["damaged_checkpoints"][:NUM_WARNINGS_SHOWN]:
        yield f"  damaged: {line}"
    yield f"  {'path':<12}{card['path']}"


def _reason(ended: dict[str, Any] | None) -> str:
    return f": {ended['reason']}" if ended and ended["reason"] and ended["status"] != "done" else ""


def _facts(card: dict[str, Any]) -> Iterator[tuple[str, str]]:
    config = validate_config(card["config"]) if card["config"] else None
    if config is not None:
        yield "data", f"{config.data.source}, batches of {config.data.batch_size:,}"
        yield "network", _network(config, card["num_parameters"])
        yield "optimiser", _optimizer(config)
    else:
        yield "config", "run.toml is damaged"
    if card["device"]:
        threads = f"{card['threads']} thread{'' if card['threads'] == 1 else 's'}"
        yield "device", f"{card['device']}, {threads}, seed {config.seed if config else '?'}"
    yield "epoch", f"{card['epoch']} of {card['epochs'] or '?'}{_attempts(card['attempts'])}"
    yield "best", _metrics(card["best"])
    yield "last", _metrics(card["last"])


def _attempts(num_attempts: int) -> str:
    return f", {num_attempts} attempts" if num_attempts > 1 else ""


def _network(config: RunConfig, num_parameters: int | None) -> str:
    model = config.model
    parts = ["-".join(str(units) for units in model.hidden) or "no hidden layer", model.activation.value, model.style.value]
    parts += [f"dropout {model.dropout:g}"] if model.dropout else []
    parts += ["batch norm"] if model.batch_norm else []
    parts += [f"{num_parameters:,} parameters"] if isinstance(num_parameters, int) else []
    return ", ".join(parts)


def _optimizer(config: RunConfig) -> str:
    arguments = ", ".join(f"{key} {_shown(value)}" for key, value in config.optimizer.torch_arguments().items())
    return f"{config.optimizer.torch_class}, {arguments}; {config.schedule.name}"


def _shown(value: Any) -> str:
    """A float in short, anything else as it is: pairs, truths and words are arguments too."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _metrics(record: dict[str, Any] | None) -> str:
    if record is None:
        return ""
    shown = ((record["test_acc"], "test acc"), (record["train_acc"], "train acc"), (record["train_loss"], "train loss"))
    return f"epoch {record['epoch']}: " + ", ".join(f"{name} {value:.4f}" for value, name in shown if value is not None)


def _family_lines(card: dict[str, Any]) -> Iterator[str]:
    family = node_from_json(card["family"])
    if family.size > 1:
        yield "  family"
        yield from (f"    {line}" for line in format_family(family, card["run"]))


def _checkpoint_lines(checkpoints: list[dict[str, Any]]) -> Iterator[str]:
    if not checkpoints:
        yield "  no checkpoints"
        return
    hidden = max(0, len(checkpoints) - NUM_CHECKPOINTS_SHOWN)
    total = format_bytes(sum(checkpoint["bytes"] for checkpoint in checkpoints))
    yield f"  {'checkpoints':<12}{len(checkpoints)}, {total}{f'; the last {NUM_CHECKPOINTS_SHOWN}:' if hidden else ''}"
    rows = [
        (
            checkpoint["checkpoint"],
            checkpoint["epoch"],
            f"{checkpoint['metrics']['test_acc']:.4f}" if "test_acc" in checkpoint["metrics"] else "-",
            format_bytes(checkpoint["bytes"]),
            "superseded" if checkpoint["is_superseded"] else "" if checkpoint["epoch_complete"] else "in mid-epoch",
        )
        for checkpoint in itertools.islice(checkpoints, hidden, None)
    ]
    yield from (f"    {line}" for line in format_table(("id", "epoch", "test acc", "size", ""), rows, right=(1, 2, 3)))
