"""Conflicts: keys that are each right and wrong together, found by arithmetic on a RunConfig alone.

What depends on the data or on the machine is found by the trainer as it loads. Called by `validate_config`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tui_trainer.runs.errors import FieldError
from tui_trainer.runs.optimizers import SGD, Muon
from tui_trainer.runs.schedules import MultiStep, WarmupCosine
from tui_trainer.runs.training_config import Autocast

if TYPE_CHECKING:
    from tui_trainer.runs.config import RunConfig


def find_conflicts(config: RunConfig) -> list[FieldError]:
    """One FieldError for each pair of keys that cannot be had together, with its way out; empty where there is none."""
    return [*_model_conflicts(config), *_schedule_conflicts(config), *_training_conflicts(config)]


def _model_conflicts(config: RunConfig) -> Iterator[FieldError]:
    model, optimizer = config.model, config.optimizer
    if model.batch_norm and model.layer_norm:
        message = "true together with model.batch_norm; normalise over one of them"
        yield FieldError("model.layer_norm", message, {"model.layer_norm": False})
    if isinstance(optimizer, SGD) and optimizer.nesterov and optimizer.momentum == 0:
        message = "true needs optimizer.momentum above 0; set it, to 0.9 for example"
        yield FieldError("optimizer.nesterov", message, {"optimizer.momentum": 0.9})
    elif isinstance(optimizer, SGD) and optimizer.nesterov and optimizer.dampening:
        message = "true needs optimizer.dampening 0; set it to 0"
        yield FieldError("optimizer.nesterov", message, {"optimizer.dampening": 0.0})
    if isinstance(optimizer, Muon) and not model.hidden:
        message = '"muon" trains hidden layers and model.hidden has none; add one, or take adamw'
        yield FieldError("optimizer.name", message, {"optimizer.name": "adamw"})


def _schedule_conflicts(config: RunConfig) -> Iterator[FieldError]:
    schedule, epochs = config.schedule, config.training.epochs
    if isinstance(schedule, WarmupCosine) and schedule.warmup_epochs >= epochs:
        message = f"{schedule.warmup_epochs:,} must be fewer than the {epochs:,} of training.epochs; take fewer"
        fix: dict[str, Any] = {"schedule.warmup_epochs": max(1, epochs // 10)} if epochs > 1 else {"schedule.name": "cosine"}
        yield FieldError("schedule.warmup_epochs", message, fix)
    if isinstance(schedule, MultiStep) and list(schedule.milestones) != sorted(set(schedule.milestones)):
        message = f"{list(schedule.milestones)} must rise from one to the next; write each epoch once, in order"
        yield FieldError("schedule.milestones", message, {"schedule.milestones": sorted(set(schedule.milestones))})


def _training_conflicts(config: RunConfig) -> Iterator[FieldError]:
    training = config.training
    if training.early_stopping.reads_validation and not config.data.validation_share:
        message = f'"{training.early_stopping.value}" needs data.validation_share above 0; set it, to 0.1 for example'
        yield FieldError("training.early_stopping", message, {"data.validation_share": 0.1})
    if training.autocast is Autocast.FP16 and config.device in ("cpu", "mps"):
        message = f'"fp16" needs device cuda, not {config.device}; take "bf16"'
        yield FieldError("training.autocast", message, {"training.autocast": "bf16"})
