"""HealthPane: each layer as the trainer last looked at it: how far a step moves its weights, dead units, its gradient.

The ratio of update to weight is shown as log10 on a scale: about -3 is usual (Stanford CS231n, notes "Neural Networks Part 3",
ratio of weights:updates); far above it steps are wild, far below it the layer hardly learns. Fields that a log lacks, or has
wrong, are dashes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from tui_trainer.runs.event_log import Event
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.sized_text_pane import SizedTextPane
from tui_trainer.ui.theme import Tokens, tokens

SCALE = (-6.0, 0.0)
"""log10 of the ratio at the scale's ends."""
USUAL = -3.0
WILD, STILL = -1.5, -5.0
"""Above or below, a layer gets a mark."""
MANY_DEAD = 0.5
"""From this share of dead units on, it gets one too."""
MAX_LAYERS = 200
_SCALE_COLUMNS = 13
_NAME_COLUMNS = 9


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One layer; None where it is not known."""

    name: str
    ratio: float | None
    """log10 of how far the last step moved the weights over how large they are."""
    dead: float | None
    """Share of its units that gave nothing on any example; ReLU only."""
    grad_norm: float | None

    @property
    def is_odd(self) -> bool:
        """Whether it should be looked at."""
        is_far = self.ratio is not None and not STILL <= self.ratio <= WILD
        return is_far or (self.dead is not None and self.dead >= MANY_DEAD)


class HealthPane(SizedTextPane):
    """One row a layer."""

    def __init__(self, id: str) -> None:
        self._layers: list[LayerFacts] = []
        words = Text("how far each layer's weights move, looked at every two seconds")
        super().__init__(title="layers", empty=words, text_id="health-text", id=id)

    def show(self, health: Event | None) -> None:
        """Draw the last `health` of the log, None before it."""
        self._layers = read_layers(health)
        step = (health or {}).get("step")
        self.show_figures(f"at step {step:,}" if self._layers and isinstance(step, int) else "")
        self.show_content(not self._layers)

    def format_content(self, width: int, height: int) -> Text:
        """The layers that there is room for."""
        return format_layers(self._layers, height, tokens(self))


def read_layers(health: Event | None) -> list[LayerFacts]:
    """The layers of a `health` event, as far as they can be read."""
    found: Any = (health or {}).get("per_layer")
    if not isinstance(found, list):
        return []
    names = ("update_ratio_log10", "dead_share", "grad_norm")
    return [
        LayerFacts(safe_text(layer.get("name", "?"), _NAME_COLUMNS), *(_number(layer.get(name)) for name in names))
        for layer in found[:MAX_LAYERS]
        if isinstance(layer, dict)
    ]


def format_layers(layers: Sequence[LayerFacts], height: int, colours: Tokens) -> Text:
    """A head and a row for each layer, 51 columns wide; where they do not fit, the odd ones and the first, in their order."""
    num_rows = max(1, height - 1)
    shown = list(layers)
    if len(layers) > num_rows:
        first = sorted(range(len(layers)), key=lambda index: (not layers[index].is_odd, index))[: max(0, num_rows - 1)]
        shown = [layers[index] for index in sorted(first)]
    low, high = SCALE
    ends = f"{low:<.0f}{USUAL:^{_SCALE_COLUMNS - 3}.0f}{high:>.0f}"
    head = f"  {'layer':<{_NAME_COLUMNS}} {'update':>6}  {ends}  {'dead':>5}  {'gradient':>8}"
    rows = [Text.assemble((head, colours["dim"])), *(_row(layer, colours) for layer in shown)]
    if len(shown) < len(layers):
        rows.append(Text.assemble((f"  and {len(layers) - len(shown)} more, for which there is no room", colours["dim"])))
    text = Text("\n", no_wrap=True, overflow="crop").join(rows)
    text.no_wrap, text.overflow = True, "crop"
    return text


def _row(layer: LayerFacts, colours: Tokens) -> Text:
    dim, value = colours["dim"], colours["text"]
    ratio = "–" if layer.ratio is None else f"{layer.ratio:.2f}"
    dead = "–" if layer.dead is None else f"{layer.dead * 100:.0f} %"
    norm = "–" if layer.grad_norm is None else f"{layer.grad_norm:.3g}"
    return Text.assemble(
        ("! " if layer.is_odd else "  ", colours["best"]),
        (f"{layer.name:<{_NAME_COLUMNS}} ", dim),
        (f"{ratio:>6}  ", value),
        *_scale(layer.ratio, colours),
        (f"  {dead:>5}", value),
        (f"  {norm:>8}", value),
    )


def _scale(ratio: float | None, colours: Tokens) -> list[tuple[str, str]]:
    """`┈┈┈┈●┈┼┈┈┈┈┈┈`: where the layer is, and where layers usually are."""
    cells = [("┈", colours["faint"])] * _SCALE_COLUMNS
    cells[_column(USUAL)] = ("┼", colours["dim"])
    if ratio is not None:
        cells[_column(ratio)] = ("●", colours["train"])
    return cells


def _column(ratio: float) -> int:
    low, high = SCALE
    return round((min(max(ratio, low), high) - low) / (high - low) * (_SCALE_COLUMNS - 1))


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None  # type: ignore[arg-type]
