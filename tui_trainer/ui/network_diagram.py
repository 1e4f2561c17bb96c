"""NetworkDiagram: one row a layer, with a bar by the logarithm of its units, its parameters, the total and the memory.

It shows the last configuration that was right; a wrong one changes nothing here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.text import Text
from textual.widget import Widget

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.memory_needs import Fit, fit_of
from tui_trainer.runs.model_shapes import LayerShape, layer_shapes
from tui_trainer.ui.data_shape import DataShape
from tui_trainer.ui.field_values import format_bytes
from tui_trainer.ui.memory_estimate import estimate_memory
from tui_trainer.ui.theme import token

FUNNEL_MIN_COLUMNS = 44
BAR_COLUMNS = 20
SHAPE_COLUMNS = 20
COUNT_COLUMNS = 10
MIN_NOTE_COLUMNS = 6
GAP = "  "
_EMPTY = "the layers and their parameters, once the size of the data is known"


@dataclass(frozen=True, slots=True)
class _Picture:
    config: RunConfig
    shape: DataShape | None
    free_bytes: int | None


class NetworkDiagram(Widget):
    """Layers from the input to the logits; on narrow panes a table without bars."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: _Picture | None = None

    def show(self, config: RunConfig, shape: DataShape | None, free_bytes: int | None) -> None:
        """Draw this network on this data; `free_bytes` is the memory that is free, None where nobody asked yet."""
        picture = _Picture(config, shape, free_bytes)
        if picture != self._picture:
            self._picture = picture
            self.refresh()

    def render(self) -> Text:
        """All rows."""
        picture, width, height = self._picture, self.content_size.width, self.content_size.height
        if picture is None or picture.shape is None:
            return Text(_EMPTY, token(self, "dim"))
        layers = layer_shapes(picture.config.model, picture.shape.num_inputs, picture.shape.num_classes)
        is_funnel = width >= FUNNEL_MIN_COLUMNS
        rows = self._funnel_rows(layers, width) if is_funnel else self._table_rows(layers, width)
        gaps = 1 if is_funnel and height >= len(rows) + 3 else 0
        rows = self._shorten(rows, height - 2 - gaps)
        total = sum(layer.num_parameters for layer in layers)
        rows.append(self._total_row(total, width))
        rows.extend([Text()] * gaps)
        rows.append(self._memory_row(picture, picture.shape, width, is_funnel=is_funnel))
        if is_funnel and height > len(rows):
            rows.insert(0, Text())
        for row in rows:
            row.truncate(width, overflow="crop")
        return Text("\n", no_wrap=True, overflow="crop").join(rows)

    def _shorten(self, rows: list[Text], room: int) -> list[Text]:
        """The first rows and the last one, with the count of those between, where not all fit."""
        if len(rows) <= room or room < 3:
            return rows[: max(room, 0)]
        num_hidden = len(rows) - room + 1
        return [*rows[: room - 2], Text(f"… {num_hidden} more", token(self, "dim")), rows[-1]]

    def _funnel_rows(self, layers: list[LayerShape], width: int) -> list[Text]:
        largest = max([layers[0].inputs, *(layer.units for layer in layers)])
        note_columns = max(MIN_NOTE_COLUMNS, *(len(layer.note) for layer in layers))
        columns = max(0, min(BAR_COLUMNS, width - SHAPE_COLUMNS - note_columns - COUNT_COLUMNS - 2 * len(GAP)))
        rows = [self._funnel_row("input", "", layers[0].inputs, columns, largest)]
        for layer in layers:
            row = self._funnel_row(layer.name, _short(layer.inputs), layer.units, columns, largest)
            row.append(f"{GAP}{layer.note:<{note_columns}}", token(self, "dim"))
            row.append(f"{layer.num_parameters:,}".rjust(max(1, width - row.cell_len)), token(self, "text"))
            rows.append(row)
        return rows

    def _funnel_row(self, name: str, inputs: str, units: int, columns: int, largest: int) -> Text:
        """Name, shape and bar; `inputs` is empty for the input itself."""
        text, dim, faint = token(self, "text"), token(self, "dim"), token(self, "faint")
        row = Text.assemble((f"{name:<5}", dim), (f"{inputs:>6}", text), (" → " if inputs else "   ", faint))
        row.append(f"{_short(units):<6}{GAP}", text)
        filled = max(1, round(columns * math.log2(max(units, 2)) / math.log2(max(largest, 2))))
        row.append(("━" * min(filled, columns)).center(columns), token(self, "train" if inputs else "faint"))
        return row

    def _table_rows(self, layers: list[LayerShape], width: int) -> list[Text]:
        text, dim, faint = token(self, "text"), token(self, "dim"), token(self, "faint")
        rows = []
        for layer in layers:
            row = Text.assemble(
                (f"{layer.name:<5}", dim), (f"{layer.inputs:>4}", text), (" → ", faint), (f"{layer.units:<5}", text)
            )
            row.append(f"{layer.num_parameters:,}".rjust(width - row.cell_len), text)
            rows.append(row)
        return rows

    def _total_row(self, total: int, width: int) -> Text:
        number, dim = (f"{total:,}", f"bold {token(self, 'text')}"), token(self, "dim")
        return Text.assemble(("total", dim), (number[0].rjust(width - 5), number[1]))

    def _memory_row(self, picture: _Picture, shape: DataShape, width: int, *, is_funnel: bool) -> Text:
        text, dim = token(self, "text"), token(self, "dim")
        estimate = estimate_memory(picture.config, shape.num_inputs, shape.num_classes)
        row = Text()
        fit = None if picture.free_bytes is None else fit_of(estimate.training_bytes, picture.free_bytes)
        if is_funnel and fit is Fit.TOO_BIG:
            row.append("training ", dim)
        elif is_funnel:
            row.append("weights ", dim).append(format_bytes(estimate.weights_bytes), text).append("    training ", dim)
        else:
            row.append("memory ", dim)
        row.append(format_bytes(estimate.training_bytes), text)
        if picture.free_bytes is not None and fit is not None:
            if is_funnel:
                row.append(f" of {format_bytes(picture.free_bytes)}", dim)
            verdict = self._verdict(fit, is_funnel=is_funnel)
            row.append(" " * max(2, width - row.cell_len - verdict.cell_len))
            row.append_text(verdict)
        return row

    def _verdict(self, fit: Fit, *, is_funnel: bool) -> Text:
        match fit:
            case Fit.FITS:
                return Text("✓ fits", token(self, "ok"))
            case Fit.TIGHT:
                return Text("! tight", token(self, "best"))
        return Text("! will not fit" if is_funnel else "! too big", token(self, "fail"))


def _short(units: int) -> str:
    """784, 12,345, 100k, 1M: at most six characters."""
    if units < 100_000:
        return f"{units:,}"
    return f"{units / 1_000_000:.3g}M" if units >= 1_000_000 else f"{units / 1000:.4g}k"
