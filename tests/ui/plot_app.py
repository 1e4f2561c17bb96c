"""One plot alone in a themed app, and what it has drawn."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult

from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.plot_canvas import PlotCanvas
from tui_trainer.ui.themed_app import ThemedApp


class PlotApp(ThemedApp):
    """Shows `plot` on the whole screen."""

    def __init__(self, plot: Any) -> None:
        super().__init__()
        self.plot = plot

    def compose(self) -> ComposeResult:
        yield self.plot


def canvas_of(plot: CurvePlot, name: str = "plot") -> PlotCanvas:
    """One of the plot's canvases: plot, margin-left or margin-bottom."""
    return plot.query_one(f"#{name}", PlotCanvas)


def drawn_lines(plot: CurvePlot, name: str = "plot") -> list[str]:
    """The characters of a canvas."""
    return ["".join(row) for row in canvas_of(plot, name)._buffer]


def find(plot: CurvePlot, character: str) -> list[tuple[int, int]]:
    """(column, row) of each cell that holds `character`."""
    return [(x, y) for y, line in enumerate(drawn_lines(plot)) for x, cell in enumerate(line) if cell == character]


def num_braille(line: str) -> int:
    """Cells of a line that hold dots."""
    return sum("\u2800" < cell <= "\u28ff" for cell in line)
