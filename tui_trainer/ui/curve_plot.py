"""CurvePlot: curves in braille on bare axes, for any screen; it takes plain data and draws by difference.

A subclass of textual-plot's PlotWidget, for its grid of canvases and its mapping of coordinates. What differs: no frame, no
legend, no focus, no keys (they are the screen's); NO_COLOR works; a picture repaints only the cells that changed, and the
widget never repaints itself as a whole because one of them did.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid
from textual.events import Event
from textual.geometry import Region
from textual.widget import Widget
from textual_plot import PlotWidget

from tui_trainer.ui.plot_canvas import DOT_COLUMNS, DOT_ROWS, PlotCanvas, Run
from tui_trainer.ui.plot_marks import Axis, Band, Dots, Glyphs, Line, Mark, Point
from tui_trainer.ui.settled_size import SettledSize
from tui_trainer.ui.theme import token

LABEL_COLUMNS = 7
_LINE_THICKNESS = 2


class PlotGrid(SettledSize, Grid):
    """The margins around the plot."""


class CurvePlot(SettledSize, PlotWidget, can_focus=False, inherit_bindings=False):
    """Axes with a grid, and marks between them."""

    DEFAULT_CSS = """
    CurvePlot {
        width: 1fr;
        height: 1fr;
    }
    """

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes, allow_pan_and_zoom=False)
        self.set_reactive(PlotWidget.margin_top, 0)
        self.set_reactive(PlotWidget.margin_bottom, 1)
        self.set_reactive(PlotWidget.margin_left, LABEL_COLUMNS)
        self._x_axis = Axis(0.0, 1.0)
        self._y_axis = Axis(0.0, 1.0)
        self._marks: tuple[Mark, ...] = ()
        self._canvases: dict[str, PlotCanvas] = {}
        self._is_draw_queued = self._is_layout_awaited = self._is_stale = False

    def compose(self) -> ComposeResult:
        """Margins and plot as canvases of our own; no legend, the pane's border has it."""
        with PlotGrid():
            for name in ("margin-top", "margin-left", "plot", "margin-bottom"):
                self._canvases[name] = PlotCanvas(1, 1, id=name)
                yield self._canvases[name]

    def _update_legend(self) -> None:
        """There is none."""

    def draw(self, x_axis: Axis, y_axis: Axis, marks: Sequence[Mark]) -> None:
        """Show these axes and marks from the next turn of the loop on; several calls in one turn make one picture.

        After `await_layout` they are shown with the layout.
        """
        self._x_axis, self._y_axis, self._marks = x_axis, y_axis, tuple(marks)
        self._rerender()

    @property
    def num_columns(self) -> int:
        """Columns of the area between the axes, 0 before the first layout."""
        return max(0, self._area.width)

    @property
    def num_rows(self) -> int:
        """Rows of the area between the axes, 0 before the first layout."""
        return max(0, self._area.height)

    @property
    def _area(self) -> Region:
        """The cells between the axes: right of the y axis, above the x axis, one column free at the right for a marker."""
        canvas = self._canvases.get("plot")
        return Region(1, 0, canvas.size.width - 2, canvas.size.height - 1) if canvas else Region()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Any:
        """As any widget's: the stock plot's own bookkeeping is not needed, `draw_again` looks at the sizes."""
        return Widget.refresh(self, *regions, repaint=repaint, layout=layout, recompose=recompose)

    def _rerender(self) -> None:
        """Queue one draw; the widget itself is not refreshed, which would repaint all that lies in it."""
        if not self._is_draw_queued and self.is_mounted:
            self._is_draw_queued = True
            self.call_later(self.draw_queued)

    def draw_queued(self) -> None:
        """Draw now what was to be drawn in the next turn."""
        if self._is_draw_queued and not self._is_layout_awaited:
            self._is_draw_queued = False
            self._render_plot()

    def notify_style_update(self) -> None:
        """Draw again in the colours of the theme that came on."""
        Widget.notify_style_update(self)
        self._rerender()

    @on(PlotCanvas.Resize)
    def draw_again(self, event: Event) -> None:
        """Draw at the new size, where that was not done at once."""
        event.stop()
        if self._canvases["plot"].is_resized:
            self.remake()
            self._rerender()

    def await_layout(self) -> None:
        """Draw nothing before `draw_laid_out`: a layout follows at once, and what is drawn at the old size is never seen."""
        self._is_layout_awaited = True

    def draw_laid_out(self) -> None:
        """Draw at the size that a layout has just given, before the layout's own picture: else the old curves come first."""
        self._is_layout_awaited = False
        canvas = self._canvases.get("plot")
        if canvas is None or not canvas.size:
            return
        is_resized = canvas.is_resized
        if is_resized or self._is_stale:
            self.remake()
        if is_resized or self._is_draw_queued:
            self._is_draw_queued = False
            self._render_plot(is_painted=is_resized)

    def remake(self) -> None:
        """Have the marks made now; with the layout where one is awaited, and in a plot without columns when it gets them."""
        self._is_stale = self._is_layout_awaited
        if not self._is_stale and self.num_columns:
            self.make_marks()

    def make_marks(self) -> None:
        """For subclasses: `draw` what is to be shown, at the size that there is now."""

    def render(self) -> str:
        """Nothing: the canvases render themselves."""
        return ""

    def _render_plot(self, *, is_painted: bool = False) -> None:
        canvas, left, bottom = (self._canvases.get(name) for name in ("plot", "margin-left", "margin-bottom"))
        area = self._area
        if canvas is None or left is None or bottom is None or area.width < 2 or area.height < 2:
            return
        self._scale_rectangle = area
        self._x_min, self._x_max = self._x_axis.minimum, self._x_axis.maximum
        self._y_min, self._y_max = self._y_axis.minimum, self._y_axis.maximum
        with (
            canvas.new_picture(is_painted=is_painted),
            left.new_picture(is_painted=is_painted),
            bottom.new_picture(is_painted=is_painted),
        ):
            self._draw_grid(canvas, area)
            for mark in self._marks:
                if not isinstance(mark, Glyphs):
                    canvas.put_runs(self._runs_of(mark, area), token(self, mark.token))
            self._draw_axes(canvas, area)
            self._draw_y_labels(canvas, left)
            self._draw_x_labels(canvas, bottom)
            for mark in self._marks:
                if isinstance(mark, Glyphs):
                    self._draw_glyphs(canvas, mark)

    def _draw_grid(self, canvas: PlotCanvas, area: Region) -> None:
        for position, _ in self._y_axis.ticks:
            row = self._row_of(position)
            if row < area.bottom:
                canvas.put_text(area.x, row, "┈" * area.width, token(self, "line"))

    def _draw_axes(self, canvas: PlotCanvas, area: Region) -> None:
        faint = token(self, "faint")
        for row in range(area.height):
            canvas.set_pixel(0, row, "│", faint)
        canvas.put_text(0, area.bottom, "└" + "─" * area.width, faint)

    def _draw_y_labels(self, canvas: PlotCanvas, left: PlotCanvas) -> None:
        bottom = self._scale_rectangle.bottom
        for position, label in self._y_axis.ticks:
            row = self._row_of(position)
            if row < bottom:
                canvas.set_pixel(0, row, "┤", token(self, "faint"))
            left.put_text(LABEL_COLUMNS - 1 - len(label), row, label, token(self, "dim"))

    def _draw_x_labels(self, canvas: PlotCanvas, bottom: PlotCanvas) -> None:
        """Labels centred under their ticks, the last one clamped to the canvas; one that would touch another is left away."""
        right = bottom.size.width
        taken = right + 1
        for index, (position, label) in enumerate(reversed(self._x_axis.ticks)):
            column = self._column_of(position)
            start = LABEL_COLUMNS + column - len(label) // 2
            start = min(start, right - len(label))
            if index > 0 and start + len(label) + 1 > taken:
                continue
            canvas.set_pixel(column, self._scale_rectangle.bottom, "┬", token(self, "faint"))
            bottom.put_text(start, 0, label, token(self, "dim"))
            taken = start

    def _draw_glyphs(self, canvas: PlotCanvas, mark: Glyphs) -> None:
        for x, y in mark.points:
            row = self._scale_rectangle.bottom if mark.is_on_axis else self._row_of(y)
            canvas.set_pixel(self._column_of(x), row, mark.glyph, token(self, mark.token))

    def _column_of(self, x: float) -> int:
        column, _ = self.get_hires_pixel_from_coordinate(x, self._y_min)
        return min(math.floor(column), self._scale_rectangle.right)

    def _row_of(self, y: float) -> int:
        """The row that holds the value; that of y_min is the axis' own."""
        _, row = self.get_hires_pixel_from_coordinate(self._x_min, y)
        return math.floor(row)

    def _dot_of(self, x: float, y: float) -> tuple[int, int]:
        column, row = self.get_hires_pixel_from_coordinate(x, y)
        return math.floor(column * DOT_COLUMNS), math.floor(row * DOT_ROWS)

    def _runs_of(self, mark: Band | Line | Dots, area: Region) -> Iterator[Run]:
        """The mark's dots that lie between the axes."""
        left, right, last_row = area.x * DOT_COLUMNS, (area.right + 1) * DOT_COLUMNS, area.bottom * DOT_ROWS - 1
        for column, top, bottom in self._all_runs_of(mark):
            if left <= column < right and top <= last_row and bottom >= 0:
                yield column, max(0, top), min(bottom, last_row)

    def _all_runs_of(self, mark: Band | Line | Dots) -> Iterable[Run]:
        match mark:
            case Band():
                return self._band_runs(mark)
            case Line():
                return self._line_runs(mark)
            case Dots():
                return self._block_runs(mark)

    def _band_runs(self, band: Band) -> Iterator[Run]:
        for x, low, high in band.strokes:
            column, top = self._dot_of(x, high)
            yield column, top, self._dot_of(x, low)[1]

    def _line_runs(self, line: Line) -> Iterator[Run]:
        below = _LINE_THICKNESS - 1 if line.is_thick else 0
        for points in split_at_nan(line.points):
            vertices = [self._dot_of(x, y) for x, y in clip_line(points, self._x_min, self._x_max)]
            for start, end in zip(vertices[:1] + vertices, vertices, strict=False):
                for column, top, bottom in _runs_between(start, end):
                    yield column, top, bottom + below

    def _block_runs(self, dots: Dots) -> Iterator[Run]:
        for x, y in dots.points:
            column, row = self._dot_of(x, y)
            first_column, first_row = column - (dots.columns - 1) // 2, row - (dots.rows - 1) // 2
            for offset in range(dots.columns):
                yield first_column + offset, first_row, first_row + dots.rows - 1


def split_at_nan(points: Iterable[Point]) -> list[list[Point]]:
    """The points without those whose y is NaN, in one list for each stretch between them."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if math.isfinite(point[1]):
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def clip_line(points: Sequence[Point], low: float, high: float) -> list[Point]:
    """The part of a polyline (x not falling) between two x: a point far outside would cost as many dots as it is away."""
    inside = [index for index, (x, _) in enumerate(points) if low <= x <= high]
    first = inside[0] if inside else next((index for index, (x, _) in enumerate(points) if x > high), len(points))
    last = inside[-1] if inside else first - 1
    clipped = list(points[first : last + 1])
    if 0 < first < len(points):
        clipped.insert(0, _point_at(points[first - 1], points[first], low))
    if 0 <= last < len(points) - 1:
        clipped.append(_point_at(points[last], points[last + 1], high))
    return clipped


def _point_at(start: Point, end: Point, x: float) -> Point:
    (x0, y0), (x1, y1) = start, end
    return x, y0 + (y1 - y0) * (x - x0) / (x1 - x0) if x1 > x0 else y1


def _runs_between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[Run]:
    """Dots of a straight line, both ends included, in the order of its columns."""
    (x0, y0), (x1, y1) = start, end
    num_steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    column, top, bottom = x0, y0, y0
    for step in range(1, num_steps + 1):
        x, y = x0 + round((x1 - x0) * step / num_steps), y0 + round((y1 - y0) * step / num_steps)
        if x != column:
            yield column, top, bottom
            column, top, bottom = x, y, y
        top, bottom = min(top, y), max(bottom, y)
    yield column, top, bottom
