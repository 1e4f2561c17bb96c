"""PlotCanvas: a canvas that sends only the cells that changed, and that a terminal without colours can show.

The stock canvas answers rows beyond its buffer with a segment without a style, on which Textual's NO_COLOR filter crashes;
and each of its pictures repaints the whole widget. For curve_plot.py alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual_hires_canvas import Canvas

from tui_trainer.ui.settled_size import SettledSize
from tui_trainer.ui.strip_difference import bridge

DOT_COLUMNS = 2
DOT_ROWS = 4
_BLANK_BRAILLE = 0x2800
_DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of a braille character by row and column of the dot (Unicode, block 2800)."""


class PlotCanvas(SettledSize, Canvas):
    """Characters and braille dots, drawn inside `new_picture`."""

    _own_style: Style | None = None

    @property
    def rich_style(self) -> Style:
        """The widget's own style, looked up once: each row asks for it, and it is gathered from all ancestors."""
        if self._own_style is None:
            self._own_style = super().rich_style
        return self._own_style

    def notify_style_update(self) -> None:
        """Look it up again."""
        self._own_style = None
        super().notify_style_update()

    @property
    def is_resized(self) -> bool:
        """Whether its picture is of another size than it has now."""
        return self.size != self._canvas_size

    @contextmanager
    def new_picture(self, *, is_painted: bool = False) -> Iterator[None]:
        """Start from an empty buffer of the widget's size; at the end only the spans that differ are repainted.

        Say `is_painted` where the whole canvas is painted anyway, as after a layout.
        """
        old_rows, old_styles = self._buffer, self._styles
        is_resized = self.is_resized
        self.reset(size=self.size, refresh=False)
        self._refreshes_pending += 1
        try:
            yield
        finally:
            self._refreshes_pending -= 1
        if is_painted:
            return
        if is_resized:
            self.refresh()
            return
        spans = _changed_spans(old_rows, old_styles, self._buffer, self._styles)
        if spans:
            self.refresh(*spans)

    def render_line(self, y: int) -> Strip:
        """One row; blank in the widget's own style where there is no picture yet."""
        if y >= len(self._buffer) or not self._buffer[y]:
            return Strip.blank(self.size.width, self.rich_style)
        return super().render_line(y)

    def put_text(self, x: int, y: int, text: str, style: str) -> None:
        """One character a cell from (x, y) on; what is outside is left away."""
        for index, character in enumerate(text):
            self.set_pixel(x + index, y, character, style)

    def put_dots(self, dots: Iterable[tuple[int, int]], style: str) -> None:
        """Braille dots at (column, row) counted in dots; each cell that gets one loses what it held."""
        cells: dict[tuple[int, int], int] = {}
        for column, row in dots:
            cell = (column // DOT_COLUMNS, row // DOT_ROWS)
            cells[cell] = cells.get(cell, 0) | _DOT_BITS[row % DOT_ROWS][column % DOT_COLUMNS]
        for (x, y), bits in cells.items():
            self.set_pixel(x, y, chr(_BLANK_BRAILLE | bits), style)


def _changed_spans(
    old_rows: list[list[str]], old_styles: list[list[str]], rows: list[list[str]], styles: list[list[str]]
) -> list[Region]:
    """Regions one row high that hold every cell that differs; a gap too short to be worth a cursor move is bridged."""
    spans = []
    for y, (old_row, old_style, row, style) in enumerate(zip(old_rows, old_styles, rows, styles, strict=True)):
        if old_row == row and old_style == style:
            continue
        changed = [x for x in range(len(row)) if old_row[x] != row[x] or old_style[x] != style[x]]
        spans += [Region(start, y, end - start, 1) for start, end in bridge(changed)]
    return spans
