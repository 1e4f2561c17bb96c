"""WeightsScreen: the weights of a network's first layer as pictures: what each unit looks for in an image.

Orange adds to a unit, blue takes away; each picture has its own scale, the strongest units come first. Pages turn with the
arrows.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from tui_trainer.runs.pixel_grid import enlarge, shrink, to_grid
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.examples import Shape, parse_shape
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.over_screen import OverScreen
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.pixel_picture import format_signed
from tui_trainer.ui.questions import Questions
from tui_trainer.ui.subject import Subject
from tui_trainer.ui.theme import Tokens, tokens

NUM_UNITS = 256
TILE = 14
GAP = 2


class WeightsScreen(OverScreen):
    """Tiles of units."""

    KEY_BAR: ClassVar[KeyBarTable] = {"turn(1)": KeyHint(1, key="← →")}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,pagedown", "turn(1)", "Page", tooltip="The next units"),
        Binding("left,pageup", "turn(-1)", "Page", show=False),
        Binding("W", "go_back", "Back", show=False),
    ]

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject
        self._units: list[tuple[int, list[int], float]] = []
        self._shape: Shape | None = None
        self._num_units = 0
        self._first = 0
        self._words = "looking at the weights"

    def compose_body(self) -> ComposeResult:
        """One pane."""
        with Pane(title="first layer", id="weights-pane"):
            yield Static(id="weights-picture", classes="-words")

    def on_mount(self) -> None:
        """Ask for the weights."""
        name = Content.styled(f"  {self._subject.title}", tokens(self)["dim"])
        self.query_one(Pane).show_title(Content.assemble("what the first layer looks for", name))
        questions = Questions(self, self.engine_server)
        questions.ask("weights", {**self._subject.params, "limit": NUM_UNITS}, self._show_answer, self._show_problem)
        self._draw()

    def _show_answer(self, answer: dict[str, Any]) -> None:
        try:
            self._shape = parse_shape(answer.get("image_shape"))
            self._num_units = int(answer["num_units"])
            rows = answer["units"]
            self._units = [(int(row["unit"]), [int(p) for p in row["pixels"]], float(row["largest"])) for row in rows]
        except (KeyError, TypeError, ValueError, IndexError):
            self._units = []
            self._words = "! the engine's answer cannot be read; ask again"
        if self._units and self._shape is None:
            # A row of weights without neighbours says nothing as a picture.
            reason = (
                answer.get("note") or f"{self._subject.title} reads no images; its {self._num_units:,} units have no picture"
            )
            self._words = safe_text(reason, 300)
        self._draw()

    def _show_problem(self, reason: str) -> None:
        self._words = f"! {safe_text(reason, 300)}"
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """As many as fit."""
        self.call_after_refresh(self._draw)

    @property
    def _fitting(self) -> tuple[int, int]:
        size = self.query_one(Pane).content_size
        return max(1, (size.width + GAP) // (TILE + GAP)), max(1, (size.height + 1) // (TILE // 2 + 2))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages only where there are several."""
        if action == "turn":
            across, down = self._fitting if self.is_mounted else (1, 1)
            return self._shape is not None and len(self._units) > across * down
        return True

    def action_turn(self, pages: int) -> None:
        """Go `pages` on, not beyond the ends."""
        across, down = self._fitting
        step = across * down
        last = max(0, len(self._units) - 1) // step * step
        self._first = min(last, max(0, self._first + pages * step))
        self._draw()

    def _draw(self) -> None:
        pane, picture, palette = self.query_one(Pane), self.query_one("#weights-picture", Static), tokens(self)
        has_pictures = bool(self._units) and self._shape is not None
        picture.set_class(not has_pictures, "-words")
        self.refresh_bindings()
        if not has_pictures or self._shape is None:
            pane.show_figures("")
            picture.update(Text(self._words, palette["dim"]))
            return
        across, down = self._fitting
        shown = self._units[self._first : self._first + across * down]
        picture.update(format_units(shown, self._shape, across, palette))
        last = self._first + len(shown)
        pane.show_figures(
            f"{self._first + 1:,}–{last:,} of {self._num_units:,} units, the strongest first · orange adds, blue takes away"
        )


def format_units(units: list[tuple[int, list[int], float]], shape: Shape, across: int, palette: Tokens) -> Text:
    """(unit, signed pixels, largest weight) as rows of tiles."""
    bands = []
    for start in range(0, len(units), across):
        tiles = [_format_unit(*unit, shape, palette) for unit in units[start : start + across]]
        bands.append(Text("\n").join(Text(" " * GAP).join(row) for row in zip(*tiles, strict=True)))
    picture = Text("\n\n").join(bands)
    picture.no_wrap, picture.overflow = True, "crop"
    return picture


def _format_unit(unit: int, pixels: list[int], largest: float, shape: Shape, palette: Tokens) -> list[Text]:
    grid = to_grid(pixels, shape)
    longest = max(shape)
    if longest > TILE:
        grid = shrink(grid, -(-longest // TILE))
    elif longest * 2 <= TILE:
        grid = enlarge(grid, TILE // longest)
    grid = [(row + [128] * TILE)[:TILE] for row in grid]
    grid = (grid + [[128] * TILE for _ in range(TILE)])[:TILE]
    caption, scale = f"#{unit}", f"±{largest:.2g}"
    head = Text(f"{caption:<{TILE - len(scale)}}", palette["dim"]).append(scale, palette["faint"])
    head.truncate(TILE, pad=True)
    return [head, *format_signed(grid, palette)]
