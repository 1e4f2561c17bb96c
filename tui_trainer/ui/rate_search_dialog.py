"""RateSearchDialog: the learning-rate finder: how far it is, then its curve with the suggested rates; enter takes one.

The engine's server does the work; leaving the dialog before the answer cancels it. Imported when it is first wanted.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui_trainer.runs.config import RunConfig, dump_config
from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.launcher import Progress
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.field_values import format_number
from tui_trainer.ui.progress_line import ProgressLine
from tui_trainer.ui.rate_search import RateSearch, read_rate_search
from tui_trainer.ui.rate_search_plot import CHOSEN, OTHER, RateSearchPlot
from tui_trainer.ui.theme import token

NAME_COLUMNS, RATE_COLUMNS = 12, 10


class RateSearchDialog(Dialog[float]):
    """Answers with a learning rate."""

    TITLE_TEXT = "learning-rate finder"
    HINT = "↑ ↓ choose   enter takes it   esc leaves"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take it", show=False),
        Binding("down,right,j", "choose(1)", "Next", show=False),
        Binding("up,left,k", "choose(-1)", "Previous", show=False),
        Binding("l,q", "leave", "Leave", show=False),
    ]

    def __init__(self, server: Any, config: RunConfig) -> None:
        super().__init__()
        self._server, self._config = server, config
        self._search: RateSearch | None = None
        self._chosen = 0
        self._is_asking = True

    def compose_content(self) -> ComposeResult:
        """The plot and the suggestions, both hidden until the answer is there, and the progress."""
        plot = RateSearchPlot(id="search-plot")
        plot.display = False
        yield plot
        yield ProgressLine(Progress("engine", 0, None), id="search-progress")
        yield Static(
            "A copy of the network trains a few batches at rising learning rates. Nothing is kept.",
            id="search-words",
            markup=False,
        )

    def on_mount(self) -> None:
        """Ask."""
        self.run_worker(self._ask(), group="search")

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        ask = partial(self._server.request, "lr_find", {"config": dump_config(self._config)}, partial(self._post, loop))
        try:
            self._search = read_rate_search(await run_in_daemon(ask))
        except (MlpTuiError, OSError, KeyError, TypeError, ValueError) as error:
            reason = error.message if isinstance(error, MlpTuiError) else "the engine's answer cannot be read"
            self._show_words(Text.assemble(("! ", token(self, "fail")), safe_text(reason, 300)))
        else:
            self._chosen = self._search.first_choice
            self._show_search(self._search)
        finally:
            self._is_asking = False
            for line in self.query(ProgressLine):
                line.display = False

    def _post(self, loop: asyncio.AbstractEventLoop, progress: Progress) -> None:
        """Draw progress on the loop, if there still is one; called in the thread of the request."""
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._show_progress, progress)

    def _show_progress(self, progress: Progress) -> None:
        for line in self.query(ProgressLine):
            line.show(progress)

    def _show_search(self, search: RateSearch) -> None:
        if not self.is_mounted:
            return
        plot = self.query_one(RateSearchPlot)
        plot.display = bool(search.points)
        if search.points:
            plot.show(search, self._chosen)
        self._show_words(self._render_suggestions(search))

    def _render_suggestions(self, search: RateSearch) -> Text:
        text, dim = token(self, "text"), token(self, "dim")
        rows = [Text(f"{search.words}; across: learning rate, up: smoothed loss", dim)]
        for place, suggestion in enumerate(search.suggestions):
            is_chosen = place == self._chosen
            row = Text.assemble(
                ("▎" if is_chosen else " ", token(self, "train")),
                (f"{CHOSEN if is_chosen else OTHER} ", token(self, "test") if is_chosen else dim),
                (f"{suggestion.name:<{NAME_COLUMNS}}", f"bold {text}" if is_chosen else text),
                (f"{format_rate(suggestion.lr):>{RATE_COLUMNS}}", f"bold {text}" if is_chosen else text),
                (f"   {suggestion.help}", dim),
            )
            rows.append(row)
        if not search.suggestions:
            rows.append(Text("no rate can be suggested; the configuration stays as it is", text))
        return Text("\n", no_wrap=True, overflow="ellipsis").join(rows)

    def _show_words(self, words: Text) -> None:
        for place in self.query("#search-words").results(Static):
            place.update(words)

    def action_choose(self, direction: int) -> None:
        """Mark the next suggestion."""
        if self._search is not None and self._search.suggestions:
            self._chosen = (self._chosen + direction) % len(self._search.suggestions)
            self._show_search(self._search)

    def action_take(self) -> None:
        """Answer with the marked rate; nothing before there is one."""
        if self._search is not None and self._search.suggestions:
            self.dismiss(float(format_rate(self._search.suggestions[self._chosen].lr)))

    def action_leave(self) -> None:
        """Leave; a search that still runs is cancelled."""
        if self._is_asking and hasattr(self._server, "cancel"):
            self._server.cancel()
        self.dismiss(None)


def format_rate(lr: float) -> str:
    """Three significant digits, as a configuration is given it."""
    return format_number(float(f"{lr:.3g}"))
