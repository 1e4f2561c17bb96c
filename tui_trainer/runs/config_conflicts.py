"""Conflicts: keys that are each right and wrong together, found by arithmetic on a RunConfig alone.

What depends on the data or on the machine is found by the trainer as it loads. Called by `validate_config`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui_trainer.runs.errors import FieldError
from tui_trainer.runs.optimizers import SGD, Muon
from tui_trainer.runs.schedules import MultiStep, WarmupCosine
from tui_trainer.runs.training_config import Autocast

if TYPE_CHECKING:
    from tui_trainer.runs.config import RunConfig


def find_conflicts(config: RunConfig) -> list[FieldError]:
    """One FieldError for each pair of keys that cannot be had together; empty where there is none."""
    return [FieldError(key, message) for key, message in _conflicts(config)]


def _conflicts(config: RunConfig) -> Iterator[tuple[str, str]]:
    model, optimizer, schedule, training = config.model, config.optimizer, config.schedule, config.training
    if model.batch_norm and model.layer_norm:
        yield "model.layer_norm", "true together with model.batch_norm; normalise over one of them"
    if isinstance(optimizer, SGD) and optimizer.nesterov and optimizer.momentum == 0:
        yield "optimizer.nesterov", "true needs optimizer.momentum above 0; set it, to 0.9 for example"
    elif isinstance(optimizer, SGD) and optimizer.nesterov and optimizer.dampening:
        yield "optimizer.nesterov", "true needs optimizer.dampening 0; set it to 0"
    if isinstance(optimizer, Muon) and not model.hidden:
        yield "optimizer.name", '"muon" trains hidden layers and model.hidden has none; add one, or take adamw'
    if isinstance(schedule, WarmupCosine) and schedule.warmup_epochs >= training.epochs:
        yield (
            "schedule.warmup_epochs",
            f"{schedule.warmup_epochs:,} must be fewer than the {training.epochs:,} of training.epochs; take fewer",
        )
    if isinstance(schedule, MultiStep) and list(schedule.milestones) != sorted(set(schedule.milestones)):
        yield (
            "schedule.milestones",
            f"{list(schedule.milestones)} must rise from one to the next; write each epoch once, in order",
        )
    if training.early_stopping.reads_validation and not config.data.validation_share:
        yield (
            "training.early_stopping",
            f'"{training.early_stopping.value}" needs data.validation_share above 0; set it, to 0.1 for example',
        )
    if training.autocast is Autocast.FP16 and config.device in ("cpu", "mps"):
        yield "training.autocast", f'"fp16" needs device cuda, not {config.device}; take "bf16"'
