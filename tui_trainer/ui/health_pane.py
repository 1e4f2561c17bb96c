"""HealthPane: each layer as the trainer last looked at it: how far a step moves its weights, dead units, its gradient.

The ratio of update to weight is shown as log10 on a scale: about -3 is usual (Stanford CS231n, notes "Neural Networks Part 3",
ratio of weights:updates). Which layers are marked is runs/layer_signs.py's to say. Fields that a log lacks, or has wrong, are
dashes.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tui_trainer.runs.layer_signs import JudgedLayer
from tui_trainer.ui.quantities import shorten_middle
from tui_trainer.ui.sized_text_pane import SizedTextPane
from tui_trainer.ui.theme import Tokens, tokens

SCALE = (-6.0, 0.0)
"""log10 of the ratio at the scale's ends."""
USUAL = -3.0
_SCALE_COLUMNS = 13
_NAME_COLUMNS = 9


class HealthPane(SizedTextPane):
    """One row a layer."""

    def __init__(self, id: str) -> None:
        self._layers: list[JudgedLayer] = []
        words = Text("how far each layer's weights move, looked at every two seconds")
        super().__init__(title="layers", empty=words, text_id="health-text", id=id)

    def show(self, layers: Sequence[JudgedLayer], step: object = None) -> None:
        """Draw the layers as they were looked at after `step`; none before the first look."""
        self._layers = list(layers)
        self.show_figures(f"at step {step:,}" if self._layers and isinstance(step, int) else "")
        self.show_content(not self._layers)

    def format_content(self, width: int, height: int) -> Text:
        """The layers that there is room for."""
        return format_layers(self._layers, height, tokens(self))


def format_layers(layers: Sequence[JudgedLayer], height: int, colours: Tokens) -> Text:
    """A head and a row for each layer, 51 columns wide; where they do not fit, the odd ones and the first, in their order."""
    num_rows = max(1, height - 1)
    shown = list(layers)
    if len(layers) > num_rows:
        first = sorted(range(len(layers)), key=lambda index: (not layers[index].sign, index))[: max(0, num_rows - 1)]
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


def _row(judged: JudgedLayer, colours: Tokens) -> Text:
    layer, dim, value = judged.facts, colours["dim"], colours["text"]
    ratio = "–" if layer.ratio is None else f"{layer.ratio:.2f}"
    dead = "–" if layer.dead is None else f"{layer.dead * 100:.0f} %"
    norm = "–" if layer.grad_norm is None else f"{layer.grad_norm:.3g}"
    return Text.assemble(
        ("! " if judged.sign else "  ", colours["best"]),
        (f"{shorten_middle(layer.name, _NAME_COLUMNS):<{_NAME_COLUMNS}} ", dim),
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
