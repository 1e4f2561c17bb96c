"""The presets: starting points that differ from the book's defaults in what their name says."""

from __future__ import annotations

from typing import Any

from tui_trainer.runs.config import RunConfig, validate_config
from tui_trainer.runs.config_errors import nearest
from tui_trainer.runs.errors import UsageError

_ADAMW = {"name": "adamw", "lr": 0.001, "weight_decay": 0.0001}

PRESETS: dict[str, dict[str, Any]] = {
    "book": {"name": "book"},
    "polished": {
        "name": "polished",
        "model": {"style": "sequential"},
        "optimizer": _ADAMW,
        "schedule": {"name": "cosine"},
    },
    "regularised": {
        "name": "regularised",
        "model": {"style": "sequential", "dropout": 0.2, "batch_norm": True},
        "optimizer": _ADAMW,
        "schedule": {"name": "cosine"},
    },
    "adam": {
        "name": "adam",
        "model": {"style": "sequential"},
        "optimizer": {"name": "adam", "lr": 0.001},
    },
    "momentum": {
        "name": "momentum",
        "model": {"style": "sequential"},
        "optimizer": {"name": "sgd", "lr": 0.05, "momentum": 0.9},
    },
    "quick": {
        "name": "quick",
        "data": {"source": "digits"},
        "model": {"style": "sequential", "hidden": [128, 64]},
        "optimizer": {"name": "adamw", "lr": 0.001},
        "training": {"epochs": 20},
    },
}

PRESET_HELP = {
    "book": "784-128-64-10, plain SGD, lr 0.5: the book's network",
    "polished": "AdamW with cosine annealing in nn.Sequential",
    "regularised": "polished with dropout 0.2 and batch normalisation",
    "adam": "Adam, lr 0.001",
    "momentum": "SGD with momentum 0.9, lr 0.05",
    "quick": "the embedded digits, 20 epochs in a few seconds",
}


def preset_tables(name: str) -> dict[str, Any]:
    """The nested tables of a preset; UsageError with the nearest name where there is none."""
    if name not in PRESETS:
        raise UsageError(f'"{name[:60]}" is no preset{nearest(name, list(PRESETS))}')
    return PRESETS[name]


def preset_config(name: str) -> RunConfig:
    """A preset with every default filled in."""
    return validate_config(preset_tables(name))
