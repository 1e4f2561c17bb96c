"""DataDialog: what the data source of a configuration holds, before anything is trained on it.

The engine's server reads the data; leaving the dialog before the answer cancels that. A source that is not here is fetched
only on request. Imported when it is first wanted.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui_trainer.runs.errors import MlpTuiError
from tui_trainer.runs.launcher import Progress
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.choice_dialog import FindDialog
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.data_description import DataDescription, read_data_description
from tui_trainer.ui.data_words import format_description
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.form_fields import Choice
from tui_trainer.ui.progress_line import ProgressLine
from tui_trainer.ui.theme import token, tokens


@dataclass(frozen=True, slots=True)
class DataChoice:
    """What is wanted: another source, or another target column."""

    wants_source: bool = False
    target: str | None = None


class DataDialog(Dialog[DataChoice]):
    """Answers with what is to be changed."""

    TITLE_TEXT = "data"
    HINT = "↑ ↓ scroll   s another source   esc leaves"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "choose_source", "Source", tooltip="Choose another source"),
        Binding("t", "choose_target", "Target", tooltip="Choose the column to predict"),
        Binding("f", "fetch", "Fetch", tooltip="Download it now"),
        Binding("d,q", "leave", "Leave", show=False),
    ]

    def __init__(self, server: Any, data: dict[str, Any]) -> None:
        super().__init__()
        self._server, self._data = server, data
        self._description: DataDescription | None = None
        self._is_asking = False

    def compose_content(self) -> ComposeResult:
        """Progress, then the words in a scrolling box."""
        yield ProgressLine(Progress("engine", 0, None), id="data-progress")
        with VerticalScroll(id="data-scroll"):
            yield Static(id="data-words", markup=False)

    def on_mount(self) -> None:
        """Ask."""
        self.query_one("#data-scroll").focus()
        self._run("describe_data", self._data)

    def on_resize(self) -> None:
        """Draw at the new width."""
        self._draw()

    def _run(self, method: str, params: dict[str, Any]) -> None:
        self._is_asking = True
        self.query_one(ProgressLine).display = True
        self.run_worker(self._ask(method, params), group="data")

    async def _ask(self, method: str, params: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        try:
            answer = await run_in_daemon(partial(self._server.request, method, params, partial(self._post, loop)))
            if method == "fetch_data":
                self.call_later(self._run, "describe_data", self._data)
                return
            self._description = read_data_description(answer)
        except (MlpTuiError, OSError, KeyError, TypeError, ValueError) as error:
            reason = error.message if isinstance(error, MlpTuiError) else "the engine's answer cannot be read"
            self._show(Text.assemble(("! ", token(self, "fail")), safe_text(reason, 300)))
        finally:
            self._is_asking = False
            for line in self.query(ProgressLine):
                line.display = False
        self._draw()
        self._show_keys()

    def _post(self, loop: asyncio.AbstractEventLoop, progress: Progress) -> None:
        """Draw progress on the loop, if there still is one; called in the thread of the request."""
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._show_progress, progress)

    def _show_progress(self, progress: Progress) -> None:
        for line in self.query(ProgressLine):
            line.show(progress)

    def _draw(self) -> None:
        places = self.query("#data-scroll")
        if self._description is not None and places:
            self._show(format_description(self._description, max(20, places.first().content_size.width - 1), tokens(self)))

    def _show(self, words: Text) -> None:
        for place in self.query("#data-words").results(Static):
            place.update(words)

    def _show_keys(self) -> None:
        known = self._description
        extra = "t target   " if known and known.column_names else "f fetches it   " if known and not known.is_here else ""
        for box in self.query("#dialog-box"):
            box.border_subtitle = f"↑ ↓ scroll   {extra}s another source   esc leaves"

    def action_choose_source(self) -> None:
        """Answer that another source is wanted."""
        self._end(DataChoice(wants_source=True))

    def action_choose_target(self) -> None:
        """Choose among the columns of a table."""
        known = self._description
        if known is not None and known.column_names:
            choices = [
                Choice(name, safe_text(name, 40), "the target now" if name == known.target else "")
                for name in known.column_names
            ]
            self.app.push_screen(FindDialog("column to predict", choices), self._take_target)

    def _take_target(self, choice: Choice | None) -> None:
        if choice is not None:
            self._end(DataChoice(target=choice.value))

    def action_fetch(self) -> None:
        """Download what is not here."""
        if self._description is not None and not self._description.is_here and not self._is_asking:
            self._run("fetch_data", {"source": self._description.source})

    def action_leave(self) -> None:
        """Leave; what the engine still does for this is cancelled."""
        self._end(None)

    def _end(self, choice: DataChoice | None) -> None:
        if self._is_asking and hasattr(self._server, "cancel"):
            self._server.cancel()
        self.dismiss(choice)
