"""The lines of the dialog that changes a run while it trains: one for each live key, and what typing in them asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.config import RunConfig, value_at
from tui_trainer.runs.config_layers import parse_value
from tui_trainer.runs.live_keys import LIVE_KEYS, check_set
from tui_trainer.ui.lines_dialog import AskedLine

CAPTIONS = {
    "optimizer.lr": "learning rate",
    "optimizer.weight_decay": "weight decay",
    "training.epochs": "epochs in all",
    "training.patience": "patience of early stopping, in epochs",
    "training.clip_norm": "clipping of the gradient's norm, 0 for none",
}


@dataclass(frozen=True, slots=True)
class LiveSet:
    """A change that the trainer is to be asked for."""

    key: str
    value: Any


def live_lines(config: RunConfig) -> list[AskedLine]:
    """One line for each live key, with its value in `config`, the effective configuration."""
    return [AskedLine(CAPTIONS[key], f"{value_at(config, key):g}") for key in LIVE_KEYS if _has(config, key)]


def read_sets(config: RunConfig, typed: list[str], least_epochs: int) -> list[LiveSet]:
    """What was changed, in the order of `live_lines`; ConfigError at the first that cannot be had."""
    sets = []
    for key, text in zip([key for key in LIVE_KEYS if _has(config, key)], typed, strict=True):
        value = parse_value(text)
        if value == value_at(config, key):
            continue
        config = check_set(config, key, value, least_epochs=least_epochs)
        sets.append(LiveSet(key, value))
    return sets


def _has(config: RunConfig, key: str) -> bool:
    """Not every optimiser has a weight decay."""
    try:
        return isinstance(value_at(config, key), int | float)
    except AttributeError:
        return False
