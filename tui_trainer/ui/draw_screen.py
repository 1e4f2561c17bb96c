"""DrawScreen: draw a digit and watch what a network makes of it at every step of the pen.

The drawing is made like the network's own examples (`drawn_digit`) before it is asked about; one question is under way at a
time and only the newest drawing waits, so the bars never lag behind a quick hand.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from tui_trainer.runs.pixel_grid import to_grid
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.drawing_canvas import DrawingCanvas
from tui_trainer.ui.drawn_digit import normalise_drawing
from tui_trainer.ui.examples import Shape, parse_shape
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.over_screen import OverScreen
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.pixel_picture import format_greys
from tui_trainer.ui.questions import Questions
from tui_trainer.ui.share_bars import format_share_bar
from tui_trainer.ui.subject import Subject
from tui_trainer.ui.theme import Tokens, tokens

MAX_CLASSES = 26
NAME_WIDTH = 12
HOW_TO = "draw with the mouse,\nor space puts the pen down and the arrows draw"


class DrawScreen(OverScreen):
    """A canvas, the probabilities, and the image that the network was given."""

    # A large canvas over the image that the network sees takes 32 rows.
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012
    KEY_BAR: ClassVar[KeyBarTable] = {
        "move_pen(-1, 0)": KeyHint(1, key="←↑↓→"),
        "toggle_pen": 0,
        "undo": 2,
        "clear": 1,
    }
    BINDINGS: ClassVar[list[BindingType]] = [Binding("d", "go_back", "Back", show=False)]

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject
        self._shape: Shape | None = None
        self._names: tuple[str, ...] = ()
        self._shares: list[float] = []
        self._problem = ""

    @property
    def shares(self) -> list[float]:
        """The last answer: a probability a class."""
        return self._shares

    def compose_body(self) -> ComposeResult:
        """Canvas at the left, answers at the right."""
        with Horizontal(id="draw"):
            with Pane(title="draw", id="draw-canvas-pane"):
                yield DrawingCanvas(id="draw-canvas")
            with Vertical(id="draw-side"):
                with Pane(title="probabilities", id="draw-shares-pane"):
                    yield Static(id="draw-shares")
                with Pane(title="as the network sees it", id="draw-seen-pane"):
                    yield Static(id="draw-seen")

    def on_mount(self) -> None:
        """Ask for the shape of the network's images first."""
        self._questions = Questions(self, self.engine_server)
        palette = tokens(self)
        name = Content.styled(f"  {self._subject.title}", palette["dim"])
        self.query_one("#draw-canvas-pane", Pane).show_title(Content.assemble("draw a digit", name))
        self._questions.ask("weights", {**self._subject.params, "limit": 1}, self._learn_shape, self._show_problem)
        self.query_one(DrawingCanvas).focus()
        self._draw()

    def _learn_shape(self, answer: dict[str, Any]) -> None:
        try:
            self._shape = parse_shape(answer.get("image_shape"))
        except (TypeError, ValueError):
            self._shape = None
        if self._shape is None:
            self._show_problem(f"{self._subject.title} reads no images; there is nothing to draw for it")
        else:
            self.on_drawing_canvas_drawn()

    def on_drawing_canvas_drawn(self) -> None:
        """Ask what the network makes of the drawing now."""
        canvas = self.query_one(DrawingCanvas)
        if self._shape is None or canvas.is_empty:
            self._questions.forget()
            self._shares = []
        else:
            pixels = normalise_drawing(canvas.drawing, self._shape)
            params = {**self._subject.params, "pixels": pixels}
            self._questions.ask("predict", params, self._show_answer, self._show_problem)
        self._draw()

    def _show_answer(self, answer: dict[str, Any]) -> None:
        if self.query_one(DrawingCanvas).is_empty:
            return
        try:
            self._shares = [float(share) for share in answer["rows"][0]["probabilities"]]
            self._names = tuple(safe_text(name, NAME_WIDTH) for name in answer.get("class_names") or ())
            self._problem = ""
        except (KeyError, IndexError, TypeError, ValueError):
            self._problem = "the engine's answer cannot be read; draw on"
        self._draw_shares()

    def _show_problem(self, reason: str) -> None:
        self._problem = safe_text(reason, 300)
        self._draw_shares()

    def on_resize(self, event: Resize) -> None:
        """Let the bars have the room that there is."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        self._draw_shares()
        self._draw_seen()

    def _draw_shares(self) -> None:
        palette, pane = tokens(self), self.query_one("#draw-shares-pane", Pane)
        shown = self.query_one("#draw-shares", Static)
        shown.set_class(not self._shares or bool(self._problem), "-words")
        if self._problem:
            shown.update(Text.assemble(("! ", f"bold {palette['fail']}"), (self._problem, palette["text"])))
        elif not self._shares:
            shown.update(Text(HOW_TO, palette["dim"]))
        else:
            shown.update(format_shares(self._shares, self._names, max(20, pane.content_size.width), palette))
        best = max(range(len(self._shares)), key=lambda index: self._shares[index]) if self._shares else None
        pane.show_figures(f"reads a {_name(self._names, best)}" if best is not None and not self._problem else "")

    def _draw_seen(self) -> None:
        palette, canvas = tokens(self), self.query_one(DrawingCanvas)
        seen = self.query_one("#draw-seen", Static)
        seen.set_class(self._shape is None or canvas.is_empty, "-words")
        if self._shape is None or canvas.is_empty:
            seen.update(Text("cut to its ink and centred, as the\nexamples were that it learned", palette["dim"]))
        else:
            grid = to_grid(normalise_drawing(canvas.drawing, self._shape), self._shape)
            seen.update(Text("\n").join(format_greys(grid, palette)))


def format_shares(shares: list[float], names: tuple[str, ...], width: int, palette: Tokens) -> Text:
    """A bar a class, the likeliest bold and in the colour of test."""
    best = max(range(len(shares)), key=lambda index: shares[index])
    count = min(len(shares), MAX_CLASSES)
    name_width = max(len(_name(names, index)) for index in range(count))
    lines = []
    for index in range(count):
        line = Text(no_wrap=True)
        line.append(f"{_name(names, index):>{name_width}} ", f"bold {palette['text']}" if index == best else palette["dim"])
        line.append(
            format_share_bar(shares[index], max(4, width - name_width - 7)), palette["test" if index == best else "faint"]
        )
        lines.append(line.append(f" {shares[index]:.3f}", palette["text"] if index == best else palette["dim"]))
    return Text("\n").join(lines)


def _name(names: tuple[str, ...], index: int | None) -> str:
    return names[index] if index is not None and index < len(names) else str(index)
