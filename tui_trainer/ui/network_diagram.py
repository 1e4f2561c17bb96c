"""NetworkDiagram: one row a layer, with a bar by the logarithm of its units, its parameters, the total and the memory.

It shows the last configuration that was right; a wrong one changes nothing here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.text import Text
from textual.widget import Widget

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.model_shapes import LayerShape, layer_shapes
from tui_trainer.ui.data_shape import DataShape
from tui_trainer.ui.field_values import format_bytes
from tui_trainer.ui.memory_estimate import estimate_memory
from tui_trainer.ui.theme import token

FUNNEL_MIN_COLUMNS = 44
BAR_COLUMNS = 20
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
        rows.append(self._total_row(total, width, is_funnel=is_funnel))
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
        rows = [self._funnel_row("input", layers[0].inputs, largest, None, width)]
        rows.extend(self._funnel_row(layer.name, layer.units, largest, layer, width) for layer in layers)
        return rows

    def _funnel_row(self, name: str, units: int, largest: int, layer: LayerShape | None, width: int) -> Text:
        text, dim = token(self, "text"), token(self, "dim")
        columns = max(1, round(BAR_COLUMNS * math.log2(max(units, 2)) / math.log2(max(largest, 2))))
        bar = ("━" * columns).center(BAR_COLUMNS)
        row = Text.assemble((f"{name:<5}", dim), (f"{units:>6,}", text), "  ")
        row.append(bar, token(self, "train" if layer else "faint"))
        if layer:
            tail = Text.assemble((f"{layer.note:<11}", dim), (f"{layer.num_parameters:>11,}", text))
            row.append(" " * max(1, width - row.cell_len - tail.cell_len))
            row.append_text(tail)
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

    def _total_row(self, total: int, width: int, *, is_funnel: bool) -> Text:
        number, dim = (f"{total:,}", f"bold {token(self, 'text')}"), token(self, "dim")
        if not is_funnel:
            return Text.assemble(("total", dim), (number[0].rjust(width - 5), number[1]))
        return Text.assemble(" " * max(0, width - 22), ("total".ljust(22 - len(number[0])), dim), number)

    def _memory_row(self, picture: _Picture, shape: DataShape, width: int, *, is_funnel: bool) -> Text:
        text, dim = token(self, "text"), token(self, "dim")
        estimate = estimate_memory(picture.config, shape.num_inputs, shape.num_classes)
        row = Text()
        if is_funnel:
            row.append("weights ", dim).append(format_bytes(estimate.weights_bytes), text).append("    training ", dim)
        else:
            row.append("memory ", dim)
        row.append(format_bytes(estimate.training_bytes), text)
        if picture.free_bytes is not None:
            if is_funnel:
                row.append(f" of {format_bytes(picture.free_bytes)}", dim)
            fits = estimate.training_bytes < picture.free_bytes
            verdict = Text("✓ fits", token(self, "ok")) if fits else Text("! too big", token(self, "fail"))
            row.append(" " * max(2, width - row.cell_len - verdict.cell_len))
            row.append_text(verdict)
        return row
