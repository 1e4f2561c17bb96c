"""LayerSigns: what the trainer's last look at the layers says of each: steps too long or too short, units that are dead.

The rules are a table with limits; diagnosis.py makes signs of the run of them, and a screen marks the layers. Stanford's CS231n
gives the starting points: a step should move weights by some 1e-3 of their length, much less is a rate too low and much more
one too high ("Neural Networks Part 3", ratio of weights:updates), and at a rate too high 40 % of the ReLU units can be dead for
ever ("Part 1", ReLU). Measured in November 2026 on digits (20 epochs, every step) and MNIST (3 epochs, every 20 ms), with all
presets, and with the rates of book, adam, momentum and quick changed:

- Plain SGD at the book's rate moved layers by 1e-2 to 1e-1 in good health, once by 0.36, so the notes' upper end would mark it
  throughout; at ten times the rate by up to 5, at a hundred times by up to 740. Adam at a hundred times: 0.7 at first, later no
  more than in good health, so a rate too high is not always seen there.
- Dead units: at most 19 % of a layer in good health, 31 % with Adam at ten times the rate; at thirty times the worst layer had
  65 % or more with each preset, at a hundred times 93 %.
- The least movement in good health was 5e-4, once a schedule's own lowering is taken out of it; at a thousandth of the rate
  1e-6 to 5e-5. A network that has learned its examples has no gradient left and hardly moves either, so the loss must still be
  there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.event_log import Event, finite_number
from tui_trainer.runs.live_keys import lr_in_force
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.safe_text import safe_text

MAX_LAYERS = 200
MAX_NAME = 40
MAX_LOG10 = 99.0
"""A ratio beyond it is damage."""
LOSS_LEFT = 0.5
"""Share of the first losses; while less is left, a layer that hardly moves has learned and is not still."""
_FIRST_STEPS, _LAST_STEPS = 10, 50


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One layer as it was looked at; None where a figure is not known."""

    name: str
    ratio: float | None
    """log10 of how far the step moved the weights over how long they are."""
    dead: float | None
    """Share of its units that gave nothing on any example; ReLU only."""
    grad_norm: float | None
    full_ratio: float | None = None
    """`ratio` as it would be at the configured learning rate, where a schedule has lowered it; None too once it has learned."""


@dataclass(frozen=True, slots=True)
class LayerRule:
    """A sign of one layer, the limit from which it is seen, and what sees it."""

    name: str
    limit: float
    is_seen: Callable[[LayerFacts, float], bool]


@dataclass(frozen=True, slots=True)
class JudgedLayer:
    """A layer and the name of its gravest sign, None where it has none."""

    facts: LayerFacts
    sign: str | None


LAYER_RULES: tuple[LayerRule, ...] = (
    # This share of its units is dead.
    LayerRule("layer_dead", 0.4, lambda layer, limit: layer.dead is not None and layer.dead >= limit),
    # A step moved it by half its length.
    LayerRule("layer_fast", -0.3, lambda layer, limit: layer.ratio is not None and layer.ratio > limit),
    # A step moves it by less than a ten-thousandth.
    LayerRule("layer_still", -4.0, lambda layer, limit: layer.full_ratio is not None and layer.full_ratio < limit),
)
"""The gravest first."""


def judge_layers(history: RunHistory, config: RunConfig | None) -> list[JudgedLayer]:
    """The layers at the last look, from the first to the last; `config` None: no schedule is allowed for."""
    lowered = _lowered_log10(history, config)
    return [judge_layer(layer, lowered) for layer in read_layers(history.health)]


def judge_layer(layer: LayerFacts, lowered_log10: float | None = 0.0) -> JudgedLayer:
    """One layer, where the schedule has lowered the rate by 10^`lowered_log10`; None: it need not move any more."""
    full = None if layer.ratio is None or lowered_log10 is None else layer.ratio - lowered_log10
    judged = LayerFacts(layer.name, layer.ratio, layer.dead, layer.grad_norm, full)
    return JudgedLayer(judged, next((rule.name for rule in LAYER_RULES if rule.is_seen(judged, rule.limit)), None))


def read_layers(health: Event | None) -> list[LayerFacts]:
    """The layers of a `health` event, from the first to the last, as far as they can be read."""
    found: Any = (health or {}).get("per_layer")
    if not isinstance(found, list):
        return []
    return [
        LayerFacts(
            safe_text(layer.get("name", "?"), MAX_NAME),
            _within(layer.get("update_ratio_log10"), -MAX_LOG10, MAX_LOG10),
            _within(layer.get("dead_share"), 0.0, 1.0),
            _within(layer.get("grad_norm"), 0.0, math.inf),
        )
        for layer in found[:MAX_LAYERS]
        if isinstance(layer, dict)
    ]


def _within(value: object, low: float, high: float) -> float | None:
    number = finite_number(value)
    return number if number is not None and low <= number <= high else None


def _lowered_log10(history: RunHistory, config: RunConfig | None) -> float | None:
    if loss_left(history) < LOSS_LEFT:
        return None
    configured = lr_in_force(config, history.changes)
    if configured is None or configured <= 0 or history.lr is None:
        return 0.0
    return math.log10(history.lr / configured) if history.lr > 0 else None


def loss_left(history: RunHistory) -> float:
    """The loss of the last steps (without steps: of the last epoch) as a share of the first ones'; 1 before there are two."""
    if history.losses:
        first = _mean(history.losses[:_FIRST_STEPS])
        last = _mean(history.losses[-_LAST_STEPS:])
    else:
        losses = [epoch.train_loss for epoch in history.epochs if epoch.train_loss is not None]
        first, last = (losses[0], losses[-1]) if losses else (1.0, 1.0)
    return last / first if first > 0 else 1.0


def _mean(losses: Sequence[float]) -> float:
    finite = [loss for loss in losses if math.isfinite(loss)]
    return sum(loss / len(finite) for loss in finite) if finite else 0.0
