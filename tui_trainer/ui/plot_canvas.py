"""PlotCanvas: a canvas that sends only the cells that changed, and that a terminal without colours can show.

The stock canvas answers rows beyond its buffer with a segment without a style, on which Textual's NO_COLOR filter crashes;
and each of its pictures repaints the whole widget. For curve_plot.py alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter

from rich.segment import Segment
from rich.style import Style
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual_hires_canvas import Canvas

from tui_trainer.ui.settled_size import SettledSize
from tui_trainer.ui.strip_difference import bridge

DOT_COLUMNS = 2
DOT_ROWS = 4
_BLANK_BRAILLE = 0x2800
_DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of a braille character by row and column of the dot (Unicode, block 2800)."""
_RUN_BITS = [
    [[sum(bits[column] for bits in _DOT_BITS[top : bottom + 1]) for bottom in range(DOT_ROWS)] for top in range(DOT_ROWS)]
    for column in range(DOT_COLUMNS)
]
"""Bits of the dots from a top row to a bottom row, both included, by column, top and bottom."""

Run = tuple[int, int, int]
"""Dots of one column, as (column, top row, bottom row), both rows included; none where the bottom is above the top."""


class PlotCanvas(SettledSize, Canvas):
    """Characters and braille dots, drawn inside `new_picture`."""

    def __init__(self, width: int = 1, height: int = 1, *, id: str | None = None) -> None:
        super().__init__(width, height, id=id)
        self._own_style: Style | None = None
        self._cell_styles: dict[str, Style] = {}
        self._strips: dict[int, Strip] = {}

    @property
    def rich_style(self) -> Style:
        """The widget's own style, looked up once: each row asks for it, and it is gathered from all ancestors."""
        if self._own_style is None:
            self._own_style = super().rich_style
        return self._own_style

    def notify_style_update(self) -> None:
        """Look it up again."""
        self._own_style = None
        self._cell_styles.clear()
        self._strips.clear()
        super().notify_style_update()

    @property
    def is_resized(self) -> bool:
        """Whether its picture is of another size than it has now."""
        return self.size != self._canvas_size

    def on_hide(self) -> None:
        """Forget the picture: what was to be drawn meanwhile is not in it, whatever size comes next."""
        self._canvas_size, self._buffer, self._styles = Size(), [], []
        self._strips.clear()

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
        if is_painted or is_resized:
            self._strips.clear()
            if not is_painted:
                self.refresh()
            return
        spans = _changed_spans(old_rows, old_styles, self._buffer, self._styles)
        for span in spans:
            self._strips.pop(span.y, None)
        if spans:
            self.refresh(*spans)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows of the picture; a canvas has neither border nor padding, so what Textual does for these can be left out.

        Each row is made once for each change of it, straight in the style that the terminal gets.
        """
        width, (first, last) = self.size.width, crop.column_span
        strips = [self._strip_of(y, width) for y in crop.line_range]
        return strips if (first, last) == (0, width) else [strip.crop(first, last) for strip in strips]

    def _strip_of(self, y: int, width: int) -> Strip:
        kept = self._strips.get(y)
        if kept is not None and kept.cell_length == width:
            return kept
        strip = self._row(y, width)
        for line_filter in self.get_line_filters():
            # No colour of a theme's tokens is one of the terminal's sixteen.
            if not isinstance(line_filter, ANSIToTruecolor):
                strip = strip.apply_filter(line_filter, self.background_colors[1])
        self._strips[y] = strip
        return strip

    def render_line(self, y: int) -> Strip:
        """One row; blank in the widget's own style where there is no picture yet."""
        return self._row(y, self.size.width)

    def _row(self, y: int, width: int) -> Strip:
        # A widget's size is looked up in the layout each time, which for every row would be a third of the row's time.
        if y >= len(self._buffer) or len(self._buffer[y]) != width:
            return Strip.blank(width, self.rich_style)
        cells = zip(self._styles[y], self._buffer[y], strict=True)
        return Strip(
            [
                Segment("".join(character for _, character in run), self._style_of(style))
                for style, run in itertools.groupby(cells, key=itemgetter(0))
            ],
            width,
        )

    def _style_of(self, style: str) -> Style:
        """What a cell of this style is drawn in, on the widget's own background."""
        if style not in self._cell_styles:
            self._cell_styles[style] = self.rich_style + Style.parse(style)
        return self._cell_styles[style]

    def put_text(self, x: int, y: int, text: str, style: str) -> None:
        """One character a cell from (x, y) on; what is outside is left away."""
        for index, character in enumerate(text):
            self.set_pixel(x + index, y, character, style)

    def put_runs(self, runs: Iterable[Run], style: str) -> None:
        """Vertical runs of braille dots, counted in dots; each cell that gets one loses what it held."""
        width, height = self._canvas_region.width, self._canvas_region.height
        cells: dict[tuple[int, int], int] = {}
        for column, top, bottom in runs:
            x, bits_of = column // DOT_COLUMNS, _RUN_BITS[column % DOT_COLUMNS]
            for y in range(top // DOT_ROWS, bottom // DOT_ROWS + 1):
                above = y * DOT_ROWS
                bits = bits_of[max(top - above, 0)][min(bottom - above, DOT_ROWS - 1)]
                cells[x, y] = cells.get((x, y), 0) | bits
        for (x, y), bits in cells.items():
            if 0 <= x < width and 0 <= y < height:
                self._buffer[y][x], self._styles[y][x] = chr(_BLANK_BRAILLE | bits), style


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
