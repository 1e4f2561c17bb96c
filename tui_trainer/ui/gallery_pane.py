"""GalleryPane: single examples of an evaluation: what was read wrongly, as pictures or as rows of a table, page by page.

The screen says which subject and which cell of the confusion matrix; the pane asks the engine for the page that fits its
size, and asks again when page, order or cell changes. Words say what will be here, and why there is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.example_tiles import TileGrid, box_pictures, choose_tiles, format_tiles, format_value_rows, num_value_rows
from tui_trainer.ui.examples import ExamplePage, Shape, parse_examples
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.pictured_text import PicturedText
from tui_trainer.ui.questions import Questions, Server
from tui_trainer.ui.subject import Subject
from tui_trainer.ui.theme import tokens

TITLE = "what it gets wrong"
CELL_PATIENCE_S = 0.08
"""A cell that the cursor only passes is not asked for."""
MAX_PAGE = 100


class Order(StrEnum):
    """Which examples, and which of them first."""

    WORST = "most certain mistakes first"
    CERTAIN = "most certain right ones first"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the confusion matrix, in indices and in names."""

    true: int
    predicted: int
    true_name: str
    predicted_name: str

    @property
    def is_right(self) -> bool:
        """Whether it lies on the diagonal."""
        return self.true == self.predicted


class GalleryPane(Pane, can_focus=True):
    """One page of examples."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,pagedown", "turn(1)", "Page", tooltip="The next examples"),
        Binding("left,pageup", "turn(-1)", "Page", show=False),
        Binding("home", "turn(0)", "First page", show=False),
        Binding("O", "next_order", "Order", tooltip="Worst mistakes first, or the right ones it is most certain of"),
        Binding("A", "toggle_cell", "All or cell", tooltip="Of all classes, or of the chosen cell of the matrix alone"),
    ]

    def __init__(self, server: Server, id: str | None = None) -> None:
        super().__init__(title=TITLE, id=id)
        self._server = server
        self._subject: Subject | None = None
        self._shape: Shape | None = None
        self._cell: Cell | None = None
        self._has_cell = True
        self._order = Order.WORST
        self._offset = 0
        self._page: ExamplePage | None = None
        self._problem = ""
        self._asked: dict[str, Any] = {}
        self._asked_total: dict[str, Any] = {}

    def compose(self) -> ComposeResult:
        """Words or pictures."""
        yield Static(id="gallery-words")
        yield PicturedText(id="gallery-picture")

    def on_mount(self) -> None:
        """Begin with words."""
        self._questions = Questions(self, self._server)
        self.redraw()

    @property
    def page(self) -> ExamplePage | None:
        """What is drawn; None before the first answer."""
        return self._page

    def begin(self, subject: Subject | None, shape: Shape | None = None, *, is_regression: bool = False) -> None:
        """Another subject, or none; examples are asked for once a cell is known, of a regression at once."""
        self._subject, self._shape, self._cell = subject, shape, None
        self._page, self._problem, self._offset, self._order, self._has_cell = None, "", 0, Order.WORST, True
        self._asked = {}
        self._is_regression = is_regression
        if subject is not None and is_regression:
            self._ask()
        self.redraw()

    def show_cell(self, cell: Cell) -> None:
        """Another cell of the matrix was chosen; asked for when the cursor rests."""
        if self._subject is None or cell == self._cell:
            return
        self._cell, self._offset, self._has_cell = cell, 0, True
        self._order = Order.WORST
        self.set_timer(CELL_PATIENCE_S, lambda: self._ask_about(cell))
        self._show_title()

    def _ask_about(self, cell: Cell) -> None:
        if cell == self._cell:
            self._ask()

    def on_resize(self, event: Resize) -> None:
        """Ask for as many as fit now."""
        self._ask()
        self.redraw()

    # Pages

    @property
    def tiles(self) -> TileGrid:
        """The tiles that fit."""
        return choose_tiles(self.content_size.width, self.content_size.height)

    @property
    def _page_size(self) -> int:
        fitting = self.tiles.num_tiles if self._shape else num_value_rows(self.content_size.height)
        return max(1, min(MAX_PAGE, fitting))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what changes something."""
        if action == "turn":
            return self._page is not None and self._page.total > self._page_size
        if action == "next_order":
            return self._subject is not None and not self._is_regression
        if action == "toggle_cell":
            return self._cell is not None
        return True

    def action_turn(self, pages: int) -> None:
        """Go `pages` on, not beyond the ends; 0 goes to the first."""
        if self._page is not None:
            last = max(0, self._page.total - 1) // self._page_size * self._page_size
            self._offset = min(last, max(0, self._offset + pages * self._page_size)) if pages else 0
            self._ask()

    def action_next_order(self) -> None:
        """The other order."""
        self._order = Order.CERTAIN if self._order is Order.WORST else Order.WORST
        self._offset = 0
        self._ask()

    def action_toggle_cell(self) -> None:
        """All classes, or the cell alone."""
        self._has_cell, self._offset = not self._has_cell, 0
        self._ask()

    # Asking

    def _params(self) -> dict[str, Any]:
        assert self._subject is not None
        cell = self._cell if self._has_cell else None
        asked = {**self._subject.params_with_data, "offset": self._offset, "limit": self._page_size}
        if self._is_regression:
            return {**asked, "which": "all", "true": None, "predicted": None}
        if self._order is Order.CERTAIN:
            return {**asked, "which": "right", "true": cell.true if cell else None, "predicted": None}
        if cell is None:
            return {**asked, "which": "wrong", "true": None, "predicted": None}
        return {**asked, "which": "all", "true": cell.true, "predicted": cell.predicted}

    def _ask(self) -> None:
        """Ask for the page, unless it is the one that was asked for last or nobody can see it."""
        if self._subject is None or not self.content_size.area or (self._cell is None and not self._is_regression):
            return
        params = self._params()
        if params == self._asked:
            return
        self._asked = params
        self._questions.ask(
            "examples",
            params,
            lambda result: self._show_answer(params, result),
            lambda reason: self._show_refusal(params, reason),
        )

    def _show_answer(self, params: dict[str, Any], result: dict[str, Any]) -> None:
        if params == self._asked:
            try:
                self._page, self._problem = parse_examples(result), ""
            except MlpTuiError as error:
                self._page, self._problem = None, error.message
            self.redraw()

    def _show_refusal(self, params: dict[str, Any], reason: str) -> None:
        if params == self._asked:
            self._page, self._problem = None, reason
            self.redraw()

    # Drawing

    def redraw(self) -> None:
        """Draw again, as after a change of theme or size."""
        has_picture = self._page is not None and bool(self._page.examples)
        self.set_class(has_picture, "-pictures")
        self._show_title()
        if has_picture:
            self._draw_page(self.query_one("#gallery-picture", PicturedText))
        else:
            self.query_one("#gallery-words", Static).update(self._words())
        self.refresh_bindings()

    def _draw_page(self, picture: PicturedText) -> None:
        assert self._page is not None
        palette, size = tokens(self), self.content_size
        if self._page.image_shape and all(example.pixels for example in self._page.examples):
            boxes = box_pictures(self._page, self.tiles, palette) if picture.has_graphics else ()
            picture.show(format_tiles(self._page, self.tiles, palette), boxes)
        else:
            picture.show(format_value_rows(self._page, size.width, size.height, palette))

    def _show_title(self) -> None:
        palette, parts = tokens(self), [Content(self._title)]
        if self._cell is not None and self._has_cell:
            cell = self._cell
            name = (
                cell.true_name if cell.is_right or self._order is Order.CERTAIN else f"{cell.true_name}→{cell.predicted_name}"
            )
            parts.append(Content.styled(f" {name}", palette["test"]))
        if self._page is not None and self._page.examples:
            first, last = self._page.offset + 1, self._page.offset + len(self._page.examples)
            shown = f"{first:,}" if first == last else f"{first:,}–{last:,}"
            parts.append(Content.styled(f" {shown} of {self._page.total:,}", palette["dim"]))
            order = "furthest off first" if self._is_regression else self._order.value
            if self._cell is not None and self._cell.is_right and self._has_cell and self._order is Order.WORST:
                order = "least certain right ones first"
            self.show_figures(order)
        else:
            self.show_figures("")
        self.show_title(Content.assemble(*parts))

    @property
    def _title(self) -> str:
        is_right = self._order is Order.CERTAIN or (self._cell is not None and self._cell.is_right and self._has_cell)
        return "what it gets right" if is_right and self._subject is not None else TITLE

    def _words(self) -> Text:
        palette = tokens(self)
        if self._problem:
            return Text.assemble(("! ", f"bold {palette['fail']}"), (safe_text(self._problem, 300), palette["text"]))
        if self._page is not None:
            return Text(self._nothing(), palette["dim"])
        if self._subject is not None:
            return Text("looking for examples", palette["dim"])
        return Text("the examples that were read wrongly,\nwith the probabilities they were given", palette["dim"])

    def _nothing(self) -> str:
        if self._cell is not None and self._has_cell and self._order is Order.WORST:
            return f"no {self._cell.true_name} was read as {self._cell.predicted_name}"
        return "no mistake at all" if self._order is Order.WORST else "nothing was read rightly"

    _is_regression = False
