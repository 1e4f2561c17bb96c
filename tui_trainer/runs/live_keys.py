"""The keys of a configuration that may be changed while the run trains, and what becomes of a configuration so changed.

Asked by the trainer before it applies a `set` request and by viewers before they send one. It knows nothing of weights or
schedulers; what a change does to them is `engine/live_changes.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_errors import nearest
from tui_trainer.runs.config_layers import change
from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.schedules import Cadence, OneCycle

LIVE_KEYS = ("optimizer.lr", "optimizer.weight_decay", "training.epochs", "training.patience", "training.clip_norm")


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """One `set` that a trainer applied after `step` optimiser steps: at a step that ends an epoch, after all that ends it."""

    step: int
    key: str
    old: Any
    new: Any
    attempt: int = 1
    note: str = ""
    """What else a person should know of it; may be empty."""

    def as_json(self) -> dict[str, Any]:
        """The fields that `run_started` and a save's scalars carry."""
        return {"step": self.step, "key": self.key, "old": self.old, "new": self.new}


def check_set(config: RunConfig, key: str, value: Any, *, least_epochs: int = 1) -> RunConfig:
    """`config` with the live `key` set to `value`; ConfigError where it is not live, out of range, or cannot be had now.

    `least_epochs` is the epoch that runs, or the last one that is complete: a run cannot have had fewer.
    """
    if key not in LIVE_KEYS:
        hint = nearest(key, LIVE_KEYS) or f"; these are: {', '.join(LIVE_KEYS)}"
        raise ConfigError([FieldError(safe_text(key, 60), f"cannot be changed while a run trains{hint}")])
    changed = change(config, key, value)
    if key == "training.epochs":
        _check_epochs(config, changed.training.epochs, least_epochs)
    if key == "optimizer.lr" and is_scaled(config) and config.optimizer.lr == 0:
        raise ConfigError([FieldError(key, "is 0, which a schedule cannot be scaled from; rerun with another")])
    return changed


def _check_epochs(config: RunConfig, epochs: int, least: int) -> None:
    if epochs < least:
        raise ConfigError([FieldError("training.epochs", f"{epochs:,} is less than the {least:,} that have begun")])
    if isinstance(config.schedule, OneCycle) and epochs > config.training.epochs:
        message = "cannot grow under one_cycle, whose last step is fixed at the start; rerun with more"
        raise ConfigError([FieldError("training.epochs", message)])


def is_scaled(config: RunConfig) -> bool:
    """Whether a new optimizer.lr scales what the schedule makes of it; else it is the next step's rate itself."""
    return config.schedule.cadence in (Cadence.EPOCH, Cadence.STEP)


def explain_set(config: RunConfig, key: str) -> str:
    """What a change of `key` does not do, in words; empty where it does what it says."""
    if key == "training.epochs" and config.schedule.name in ("cosine", "warmup_cosine"):
        return f"{config.schedule.name} keeps the length it began with, and past it the learning rate rises again"
    if key == "optimizer.lr" and is_scaled(config):
        return f"what {config.schedule.name} makes of it is scaled by the same factor from here on"
    if key == "training.patience" and config.training.early_stopping.value == "off":
        return "early stopping is off, so it changes nothing yet"
    return ""


def effective_config(config: RunConfig, changes: Iterable[AppliedChange]) -> RunConfig:
    """`config` as it is after `changes`; one that cannot be read any more is left out, as a damaged line of the log is."""
    for applied in changes:
        try:
            config = change(config, applied.key, applied.new)
        except ConfigError:
            continue
    return config


def lr_in_force(config: RunConfig | None, changes: Iterable[AppliedChange]) -> float | None:
    """The configured learning rate as it was set last, before a schedule makes anything of it; None where it is not known."""
    changed = [applied.new for applied in changes if applied.key == "optimizer.lr"]
    return float(changed[-1]) if changed else config.optimizer.lr if config else None


def read_changes(records: Any) -> list[AppliedChange]:
    """Changes from the JSON that `as_json` gave; what is damaged is left out."""
    found = []
    for record in records if isinstance(records, list) else ():
        try:
            found.append(read_change(record))
        except (KeyError, TypeError, ValueError):
            continue
    return found


def read_change(record: Mapping[str, Any]) -> AppliedChange:
    """A change from a record that somebody else may have written; ValueError, KeyError or TypeError where it is none.

    A live key and two numbers: what a script is printed of.
    """
    key, old, new = record["key"], record["old"], record["new"]
    if key not in LIVE_KEYS or not (_is_number(old) and _is_number(new)):
        raise ValueError("no change of a live key by numbers")
    return AppliedChange(int(record["step"]), key, old, new, int(record.get("attempt", 1)), str(record.get("note", "")))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
