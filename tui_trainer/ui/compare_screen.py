"""CompareScreen: two checkpoints on the same examples: what the second fixed, what it broke, what both get wrong.

It asks the engine's `compare` for the whole once and then for the pages of one list. Under 116 columns the differences give
way to the pictures; a key brings them.
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.comparison import LIST_NAMES, LISTS, Comparison, parse_comparison
from tui_trainer.ui.comparison_words import format_differences, format_verdict
from tui_trainer.ui.example_tiles import TileGrid, choose_tiles, format_tiles, format_value_rows, num_value_rows
from tui_trainer.ui.examples import ExamplePage, parse_compared
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.over_screen import OverScreen
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.questions import Questions
from tui_trainer.ui.subject import Subject
from tui_trainer.ui.theme import tokens

MAX_PAGE = 100


class CompareScreen(OverScreen):
    """A is the first of the two subjects, B the second."""

    KEY_BAR: ClassVar[KeyBarTable] = {
        "turn(1)": KeyHint(2, key="← →"),
        "next_list(1)": KeyHint(1, key="↑ ↓"),
        "swap_details": 1,
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,pagedown", "turn(1)", "Page", tooltip="The next examples"),
        Binding("left,pageup", "turn(-1)", "Page", show=False),
        Binding("down,O", "next_list(1)", "List", tooltip="Only B right, only A right, both wrong"),
        Binding("up", "next_list(-1)", "List", show=False),
        Binding("g", "swap_details", "Differences", tooltip="Settings and weights in place of the pictures, or back"),
        Binding("x", "go_back", "Back", show=False),
    ]

    def __init__(self, subjects: tuple[Subject, Subject]) -> None:
        super().__init__()
        self._subjects = subjects
        self._comparison: Comparison | None = None
        self._list = LISTS[0]
        self._offset = 0
        self._page: ExamplePage | None = None
        self._problem = ""
        self._asked: dict[str, Any] = {}

    def compose_body(self) -> ComposeResult:
        """Verdict over differences at the left, pictures at the right."""
        with Horizontal(id="compare"):
            with Vertical(id="compare-side"):
                with Pane(title="comparison", id="compare-verdict-pane"):
                    yield Static(id="compare-verdict", classes="-words")
                with Pane(title="what is different", id="compare-details-pane"):
                    yield Static(id="compare-details", classes="-words")
            with Pane(title="examples", id="compare-examples-pane"):
                yield Static(id="compare-examples", classes="-words")

    def on_mount(self) -> None:
        """Ask once the panes have their sizes."""
        self._questions = Questions(self, self.engine_server)
        self._draw()
        self.call_after_refresh(self._ask)

    @property
    def comparison(self) -> Comparison | None:
        """What is drawn; None before the first answer."""
        return self._comparison

    @property
    def list_shown(self) -> str:
        """Which of LISTS."""
        return self._list

    # Asking

    @property
    def _tiles(self) -> TileGrid:
        size = self.query_one("#compare-examples-pane", Pane).content_size
        return choose_tiles(size.width, size.height, num_bars=0)

    @property
    def _page_size(self) -> int:
        if self._page is not None and self._page.image_shape is None:
            return num_value_rows(self.query_one("#compare-examples-pane", Pane).content_size.height)
        return min(MAX_PAGE, self._tiles.num_tiles)

    def _ask(self) -> None:
        a, b = self._subjects
        common = {"a": a.params, "b": b.params, "data": a.data, "split": a.split}
        params = {**common, "which": self._list, "offset": self._offset, "limit": self._page_size}
        if params != self._asked:
            self._asked = params
            self._questions.ask("compare", params, partial(self._show_answer, params), self._show_problem)

    def _show_answer(self, params: dict[str, Any], answer: dict[str, Any]) -> None:
        if params != self._asked:
            return
        try:
            self._comparison = parse_comparison(answer)
            self._page = parse_compared(answer, self._list, self._offset)
            self._problem = ""
            # The first answer tells whether examples are pictures, and so how many fit.
            self._ask()
        except MlpTuiError as error:
            self._problem = error.message
        self._draw()

    def _show_problem(self, reason: str) -> None:
        self._problem = safe_text(reason, 300)
        self._draw()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what changes something."""
        if action == "turn":
            return self._page is not None and self._page.total > self._page_size
        if action == "next_list":
            return self._comparison is not None
        return self.has_class("-small") if action == "swap_details" else True

    def action_turn(self, pages: int) -> None:
        """Go `pages` on, not beyond the ends."""
        if self._page is not None:
            last = max(0, self._page.total - 1) // self._page_size * self._page_size
            self._offset = min(last, max(0, self._offset + pages * self._page_size))
            self._ask()

    def action_next_list(self, direction: int) -> None:
        """The next of the three lists, round and round."""
        self._list = LISTS[(LISTS.index(self._list) + direction) % len(LISTS)]
        self._offset = 0
        self._ask()

    def action_swap_details(self) -> None:
        """Differences in place of the pictures, or the pictures again."""
        self.toggle_class("-details")
        self.call_after_refresh(self._draw)

    def on_resize(self, event: Resize) -> None:
        """As many as fit."""
        self.call_after_refresh(self._draw)
        if self._comparison is not None:
            self.call_after_refresh(self._ask)

    # Drawing

    def _draw(self) -> None:
        self.refresh_bindings()
        verdict, details = self.query_one("#compare-verdict", Static), self.query_one("#compare-details", Static)
        has_result = self._comparison is not None and not self._problem
        for widget in (verdict, details):
            widget.set_class(not has_result, "-words")
        palette = tokens(self)
        if self._comparison is None or self._problem:
            verdict.update(self._words())
            details.update(Text("settings, and the weights layer by layer", palette["dim"]))
        else:
            pane = self.query_one("#compare-verdict-pane", Pane)
            verdict.update(format_verdict(self._comparison, self._subjects, pane.content_size.width, palette))
            size = self.query_one("#compare-details-pane", Pane).content_size
            details.update(format_differences(self._comparison, size.width, size.height, palette))
        self._draw_examples()

    def _words(self) -> Text:
        palette = tokens(self)
        if self._problem:
            return Text.assemble(("! ", f"bold {palette['fail']}"), (self._problem, palette["text"]))
        return Text("both networks read the same examples now", palette["dim"])

    def _draw_examples(self) -> None:
        palette, pane = tokens(self), self.query_one("#compare-examples-pane", Pane)
        shown, page = self.query_one("#compare-examples", Static), self._page
        has_examples = page is not None and bool(page.examples) and not self._problem
        shown.set_class(not has_examples, "-words")
        title = Content(LIST_NAMES[self._list])
        pane.show_figures("true as A → B" if has_examples else "")
        if page is None or not has_examples:
            words = "none" if page is not None and not self._problem else "the examples on which they differ"
            shown.update(Text(words, palette["dim"]))
        else:
            first, last = page.offset + 1, page.offset + len(page.examples)
            title = Content.assemble(title, Content.styled(f" {first:,}–{last:,} of {page.total:,}", palette["dim"]))
            size = pane.content_size
            is_picture = page.image_shape is not None and all(example.pixels for example in page.examples)
            shown.update(
                format_tiles(page, self._tiles, palette)
                if is_picture
                else format_value_rows(page, size.width, size.height, palette)
            )
        pane.show_title(title)
