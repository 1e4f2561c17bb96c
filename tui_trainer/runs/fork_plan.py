"""ForkPlan: what a run that goes on from another's save may change, and what becomes of the state that was saved.

A fork takes weights, optimiser, schedule, order of examples and generators from the save. A table says which keys fit that
state; any other is refused with what to do instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.config import RunConfig, dump_config, validate_config, value_at
from tui_trainer.runs.config_layers import merge, nest
from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.live_keys import LIVE_KEYS, check_set, explain_set

_FREE = frozenset({
    "name", "device", "data.eval_batch_size", "training.threads", "training.step_mode", "training.keep_bytes",
    "training.keep_last", "training.save_every_epochs", "training.save_every_steps", "training.time_budget_s",
})  # fmt: skip
"""Keys that change no bit of the weights, or (device, threads) say so by themselves."""

_FITTING = frozenset({
    "model.dropout", "optimizer.momentum", "optimizer.dampening", "optimizer.nesterov", "optimizer.beta1", "optimizer.beta2",
    "optimizer.eps", "optimizer.alpha", "optimizer.adamw_lr", "optimizer.adamw_weight_decay", "training.label_smoothing",
    "training.accumulate", "training.early_stopping", "training.min_delta", "training.deterministic",
})  # fmt: skip
"""Keys that fit the saved state, but are no change that the printed script can make on its way."""

_REASONS = {
    "seed": "the generators go on from the save; `mlp-tui rerun --seed` trains with another from the start",
    "data": "the save is in the middle of this data and its order; `mlp-tui rerun --set` trains on other data from the start",
    "model": "the saved weights are of another network then; `mlp-tui rerun --set` trains it from the start",
    "optimizer.name": "the saved moments are of another optimiser then; `mlp-tui rerun --set` trains with it from the start",
    "optimizer": "the saved moments lack what it needs; `mlp-tui rerun --set` trains with it from the start",
    "schedule": "the schedule goes on from the save; `mlp-tui rerun --set` trains with another from the start",
    "training": "the saved state lacks what it needs; `mlp-tui rerun --set` trains with it from the start",
}


@dataclass(frozen=True, slots=True)
class ForkPlan:
    """A fork's configuration, and what is to be said of it."""

    config: RunConfig
    sets: tuple[tuple[str, Any, Any], ...]
    """(key, old, new) of each live key that is changed: made at the save as a `set` would be."""
    unprintable: tuple[str, ...]
    """Changed keys that the printed script cannot change on its way."""
    words: tuple[str, ...]
    """What is kept and what begins anew, a sentence each."""


def plan_fork(config: RunConfig, changes: Mapping[str, Any]) -> ForkPlan:
    """The plan for `config`, as it was at the save, with `changes` {dotted key: value}.

    ConfigError with every key that the saved state does not fit, or that is out of range.
    """
    changed = validate_config(merge(dump_config(config), nest(changes)))
    keys = [key for key in flatten(dump_config(changed)) if _value(config, key) != _value(changed, key)]
    errors = [FieldError(key, reason) for key in keys if (reason := _refusal(config, changed, key))]
    if errors:
        raise ConfigError(errors)
    sets = tuple((key, value_at(config, key), value_at(changed, key)) for key in LIVE_KEYS if key in keys)
    for key, _, new in sets:
        check_set(config, key, new)
    unprintable = tuple(key for key in keys if key in _FITTING)
    return ForkPlan(changed, sets, unprintable, tuple(_words(config, changed, keys)))


def _refusal(config: RunConfig, changed: RunConfig, key: str) -> str:
    """Why `key` may not change at a save; empty where it may."""
    if key in _FREE or key in LIVE_KEYS:
        return ""
    if key == "optimizer.momentum" and config.optimizer.name != "sgd":
        return _REASONS["optimizer"]
    if key in _FITTING:
        return ""
    if config.optimizer.name != changed.optimizer.name and key.startswith("optimizer."):
        return _REASONS["optimizer.name"] if key == "optimizer.name" else ""
    if config.schedule.name != changed.schedule.name and key.startswith("schedule.") and key != "schedule.name":
        return ""
    return _REASONS.get(key, _REASONS.get(key.partition(".")[0], "it is part of the saved state"))


def _words(config: RunConfig, changed: RunConfig, keys: list[str]) -> list[str]:
    kept = "kept: weights, optimiser state, schedule, order of examples, generators"
    words = [kept if not keys else f"{kept}; changed: {', '.join(keys)}"]
    words += [explained for key in keys if key in LIVE_KEYS and (explained := explain_set(changed, key))]
    if "training.early_stopping" in keys:
        words.append("early stopping counts anew from the fork")
    if unprintable := [key for key in keys if key in _FITTING]:
        words.append(f"{', '.join(unprintable)}: no printed script can have this fork's bits")
    return words


def differences(config: RunConfig, other: RunConfig) -> dict[str, Any]:
    """{dotted key: value in `other`} where the two differ; None where `other` has no such key."""
    before, after = flatten(dump_config(config)), flatten(dump_config(other))
    return {key: after.get(key) for key in (*after, *(before.keys() - after.keys())) if before.get(key) != after.get(key)}


def flatten(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """{dotted key: value} of nested tables."""
    flat: dict[str, Any] = {}
    for key, value in tables.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat


def _value(config: RunConfig, key: str) -> Any:
    try:
        return value_at(config, key)
    except AttributeError:
        return None
