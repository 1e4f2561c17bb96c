"""Comparison: the engine's answer to `compare`, checked: who is right where the other is wrong, and how two networks differ.

A is the first that was marked, B the second. Plain data; nothing here draws or asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text

LISTS = ("fixed", "broken", "both_wrong")
LIST_NAMES = {"fixed": "only B right", "broken": "only A right", "both_wrong": "both wrong"}


@dataclass(frozen=True, slots=True)
class LayerDistance:
    """How far B's tensor lies from A's: L2 norm of the difference, and that over the norm of A's."""

    layer: str
    distance: float
    relative: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two networks on one split."""

    data: str
    split: str
    num_examples: int
    accuracies: tuple[float, float]
    losses: tuple[float, float]
    both_right: int
    counts: Mapping[str, int]
    """How many examples each of LISTS has."""
    verdict: str
    """McNemar's exact test in words."""
    layers: tuple[LayerDistance, ...]
    layers_note: str
    config: tuple[tuple[str, str, str], ...] | None
    """(key, A's value, B's value) of what differs; None where a configuration is not known."""


def parse_comparison(result: Mapping[str, Any]) -> Comparison:
    """The answer; MlpTuiError where it does not hang together."""
    try:
        config = result.get("config")
        return Comparison(
            data=safe_text(result["data"], 200),
            split=safe_text(result["split"], 20),
            num_examples=int(result["num_examples"]),
            accuracies=(float(result["a"]["accuracy"]), float(result["b"]["accuracy"])),
            losses=(float(result["a"]["loss"]), float(result["b"]["loss"])),
            both_right=int(result["both_right"]),
            counts={name: int(result[name]["count"]) for name in LISTS},
            verdict=safe_text(result["mcnemar"]["words"], 120),
            layers=tuple(_parse_layer(row) for row in result.get("layers") or ()),
            layers_note=safe_text(result.get("layers_note") or "", 160),
            config=None if config is None else tuple(_parse_change(row) for row in config),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise MlpTuiError(f"the engine's comparison cannot be read ({safe_text(error, 80)}); compare again") from None


def _parse_layer(row: Mapping[str, Any]) -> LayerDistance:
    relative = row.get("relative")
    return LayerDistance(safe_text(row["layer"], 40), float(row["distance"]), None if relative is None else float(relative))


def _parse_change(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return safe_text(row["key"], 40), safe_text(row["a"], 30), safe_text(row["b"], 30)
