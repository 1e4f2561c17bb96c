"""DrawingCanvas: 28 x 28 pixels to draw on, with the mouse or with a pen that the arrow keys move.

It posts `Drawn` after every stroke's step and keeps what can be taken back; what becomes of the drawing is the screen's.
Where the terminal is tall enough a pixel is two columns by a row, else a half block.
"""

from __future__ import annotations

import math
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import MouseDown, MouseEvent, MouseMove, MouseUp
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from tui_trainer.ui.drawn_digit import Drawing
from tui_trainer.ui.pixel_picture import format_greys, grey_table
from tui_trainer.ui.theme import tokens

SIDE = 28
BRUSH_RADIUS = 1.25
"""Pixels; strokes of MNIST are two to three wide."""
INK = 255.0
MAX_UNDO = 200
PEN_UP, PEN_DOWN = "○", "●"


class DrawingCanvas(Widget, can_focus=True):
    """White ink on paper; the pen's place is shown while the canvas has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move_pen(-1, 0)", "Pen", tooltip="Move the pen; it draws while it is down"),
        Binding("down", "move_pen(1, 0)", "Pen", show=False),
        Binding("left", "move_pen(0, -1)", "Pen", show=False),
        Binding("right", "move_pen(0, 1)", "Pen", show=False),
        Binding("space", "toggle_pen", "Pen down", tooltip="Put the pen down to draw, or lift it"),
        Binding("u", "undo", "Undo", tooltip="Take the last stroke back"),
        Binding("x,delete,backspace", "clear", "Clear", tooltip="An empty canvas"),
    ]

    class Drawn(Message):
        """The drawing is another."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.drawing: Drawing = _empty()
        """Ink by row and column, 0 to 255."""
        self._pen = (SIDE // 2, SIDE // 2)
        self._is_down = False
        self._last: tuple[float, float] | None = None
        self._undo: list[Drawing] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not any(any(row) for row in self.drawing)

    @property
    def is_pen_down(self) -> bool:
        """Whether moving draws."""
        return self._is_down

    @property
    def _is_large(self) -> bool:
        return self.size.width >= 2 * SIDE and self.size.height >= SIDE

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what changes something."""
        if action == "undo":
            return bool(self._undo)
        return not self.is_empty if action == "clear" else True

    def action_move_pen(self, down: int, right: int) -> None:
        """Move the pen a pixel, not over the edge; draw where it is down."""
        row, column = self._pen
        self._pen = min(SIDE - 1, max(0, row + down)), min(SIDE - 1, max(0, column + right))
        if self._is_down:
            self._draw_to(*self._pen)
        self.refresh()

    def action_toggle_pen(self) -> None:
        """Down begins a stroke at once, up ends it."""
        self._is_down = not self._is_down
        self._last = None
        if self._is_down:
            self._begin_stroke()
            self._draw_to(*self._pen)
        self.refresh()

    def action_undo(self) -> None:
        """The drawing before the last stroke."""
        if self._undo:
            self.drawing, self._last = self._undo.pop(), None
            self._tell()

    def action_clear(self) -> None:
        """Nothing drawn; undo brings it back."""
        self._begin_stroke()
        self.drawing, self._is_down, self._last = _empty(), False, None
        self._tell()

    # Mouse

    def on_mouse_down(self, event: MouseDown) -> None:
        """Begin a stroke under the pointer."""
        self.capture_mouse()
        self.focus()
        self._is_down = False
        self._begin_stroke()
        self._last = None
        self._draw_to(*self._pixel_under(event))

    def on_mouse_move(self, event: MouseMove) -> None:
        """Go on with the stroke while the button is held."""
        if event.button and self._last is not None:
            self._draw_to(*self._pixel_under(event))

    def on_mouse_up(self, event: MouseUp) -> None:
        """End it."""
        self.release_mouse()
        self._last = None

    def _pixel_under(self, event: MouseEvent) -> tuple[float, float]:
        if self._is_large:
            return float(event.y), event.x / 2
        return event.y * 2 + 0.5, float(event.x)

    # Drawing

    def _begin_stroke(self) -> None:
        self._undo.append([list(row) for row in self.drawing])
        del self._undo[:-MAX_UNDO]

    def _draw_to(self, row: float, column: float) -> None:
        """A stroke from where the pen was, with soft edges."""
        start = self._last or (row, column)
        length = max(1, math.ceil(2 * math.dist(start, (row, column))))
        for step in range(length + 1):
            share = step / length
            self._dab(start[0] + share * (row - start[0]), start[1] + share * (column - start[1]))
        self._last = row, column
        self._pen = min(SIDE - 1, max(0, round(row))), min(SIDE - 1, max(0, round(column)))
        self._tell()

    def _dab(self, row: float, column: float) -> None:
        reach = math.ceil(BRUSH_RADIUS + 1)
        for y in range(max(0, round(row) - reach), min(SIDE, round(row) + reach + 1)):
            for x in range(max(0, round(column) - reach), min(SIDE, round(column) + reach + 1)):
                share = min(1.0, max(0.0, BRUSH_RADIUS + 0.5 - math.dist((y, x), (row, column))))
                self.drawing[y][x] = max(self.drawing[y][x], INK * share)

    def _tell(self) -> None:
        self.refresh()
        self.refresh_bindings()
        self.post_message(self.Drawn())

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Two columns a pixel where that fits."""
        return 2 * SIDE if container.width >= 2 * SIDE and container.height >= SIDE else SIDE

    def render(self) -> Text:
        """The pixels, and the pen on top."""
        palette = tokens(self)
        grid = [[round(value) for value in row] for row in self.drawing]
        lines = [self._large_line(row) for row in grid] if self._is_large else format_greys(grid, palette)
        if self.has_focus:
            self._put_pen(lines)
        picture = Text("\n").join(lines)
        picture.no_wrap, picture.overflow = True, "crop"
        return picture

    def _large_line(self, row: list[int]) -> Text:
        palette, line, start = tokens(self), Text(no_wrap=True), 0
        greys = grey_table(palette["raised"], palette["text"])
        for x in range(1, len(row) + 1):
            if x == len(row) or row[x] != row[start]:
                line.append("  " * (x - start), f"on {greys[row[start]]}")
                start = x
        return line

    def _put_pen(self, lines: list[Text]) -> None:
        row, column = self._pen
        place = (row, 2 * column) if self._is_large else (row // 2, column)
        mark = PEN_DOWN if self._is_down else PEN_UP
        line = lines[place[0]]
        style = Style(color=tokens(self)["test" if self._is_down else "train"], bold=True)
        before, after = line[: place[1]], line[place[1] + 1 :]
        palette = tokens(self)
        paper = Style(bgcolor=grey_table(palette["raised"], palette["text"])[round(self.drawing[row][column])])
        lines[place[0]] = Text.assemble(before, (mark, style + paper), after)


def _empty() -> Drawing:
    return [[0.0] * SIDE for _ in range(SIDE)]
