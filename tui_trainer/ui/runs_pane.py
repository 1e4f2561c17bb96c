"""RunsPane: the list of runs, kept up to date, with a line to find some of them, over the card of the run under the cursor.

While its screen is seen it has the listing read every two seconds, in a thread; what was read comes back as a `RunsRead`. Of
thousands the newest come first and the others while one looks already. The table's messages go on to the screen.
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.run_card import RunCard
from tui_trainer.ui.run_filter import parse_filter
from tui_trainer.ui.run_listing import RunEntry, RunListing
from tui_trainer.ui.run_order import RunOrder
from tui_trainer.ui.run_table import RunTable
from tui_trainer.ui.theme import tokens

REFRESH_S = 2.0
RETRY_S = 0.1
NEW_AT_ONCE = 150
"""Runs that are read before the list is drawn for the first time."""
MORE_AT_ONCE = 1000
"""Of thousands, runs that are read before it is drawn again."""
MAX_SHOWN = 500
"""Runs in the table; typing finds the others."""


class FilterLine(Input):
    """The line to type in; escape empties it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "forget", "All runs", tooltip="List all runs again")]

    def action_forget(self) -> None:
        """Nothing is looked for."""
        self.value = ""
        self.post_message(Input.Submitted(self, ""))


class RunsPane(Pane):
    """Runs and checkpoints; words where there is none. It is told when it is not seen, and reads nothing then."""

    class RunsRead(Message):
        """The runs on disk were read."""

        def __init__(self, entries: tuple[RunEntry, ...]) -> None:
            super().__init__()
            self.entries = entries

    def __init__(self, id: str | None = None) -> None:
        super().__init__(title="runs and checkpoints", id=id, classes="-reading")
        self._listing = RunListing()
        self._entries: tuple[RunEntry, ...] = ()
        self._num_found = 0
        self.order = RunOrder()
        """How the list is sorted."""
        self._is_reading = False
        self.is_seen = True
        """Whether the screen is the one that is shown."""

    @property
    def has_runs(self) -> bool:
        """Whether any run is listed."""
        return self.has_class("-has-runs")

    def compose(self) -> ComposeResult:
        """The line to find runs, words, table and card."""
        yield FilterLine(placeholder="words  !not  /pattern/  acc>0.97", compact=True, max_length=200, id="run-filter")
        yield Static(id="no-runs")
        yield RunTable(id="run-table")
        yield RunCard(id="run-card")

    def on_mount(self) -> None:
        """Read the runs, now and every two seconds."""
        self._draw_words()
        self.read_runs()
        self.set_interval(REFRESH_S, self._read_again)

    def read_runs(self, *, everything: bool = False) -> None:
        """Have the listing read, unless it is being read; `everything` also what has ended, as after a change of labels."""
        if not self._is_reading:
            self._is_reading = True
            self._read_listing(everything)
        elif everything:
            self.set_timer(RETRY_S, partial(self.read_runs, everything=True))

    def _read_again(self) -> None:
        if self.is_seen:
            self.read_runs()

    @work
    async def _read_listing(self, everything: bool) -> None:
        read = partial(self._listing.read, NEW_AT_ONCE, everything=everything)
        try:
            self.post_message(self.RunsRead(await run_in_daemon(read, "mlp-tui listing")))
            more = partial(self._listing.read, MORE_AT_ONCE)
            while self._listing.num_unread and self.is_seen:
                self.post_message(self.RunsRead(await run_in_daemon(more, "mlp-tui listing")))
        finally:
            self._is_reading = False

    def on_runs_pane_runs_read(self, message: RunsRead) -> None:
        """Draw the list and its sums; the screen hears of it too."""
        self._entries = message.entries
        if not self._listing.num_unread:
            self.query_one(RunTable).keep_marks({entry.key for entry in message.entries})
        self.remove_class("-reading")
        self.set_class(bool(message.entries), "-has-runs")
        self._show_found()

    # Finding and sorting

    def find(self) -> None:
        """Open the line to type in."""
        self.add_class("-finding")
        line = self.query_one(FilterLine)
        self.call_after_refresh(line.focus)

    def sort_by(self, column: str) -> None:
        """By a column of `run_order`; the same again turns it round."""
        self.order = self.order.choose(column)
        self._show_found()

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what fits what is typed so far."""
        event.stop()
        self._show_found()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list; an empty line goes away."""
        event.stop()
        self.set_class(bool(event.value), "-finding")
        self.query_one(RunTable).focus()

    def _show_found(self) -> None:
        typed = self.query_one(FilterLine).value
        fits = parse_filter(typed)
        found = (
            self.order.sort(entry for entry in self._entries if fits(entry))
            if typed.strip()
            else self.order.sort(self._entries)
        )
        self._num_found = len(found)
        self.set_class(bool(self._entries) and not found, "-none-found")
        mark = (self.order.column, self.order.mark) if self.order != RunOrder() else ("", "")
        self.query_one(RunTable).show_runs(found[:MAX_SHOWN], mark)
        self._draw_words()
        self.show_figures(self._figures(found))

    def _figures(self, found: tuple[RunEntry, ...]) -> str:
        """How many there are, what they take, and what of it is seen."""
        if not self._entries:
            return ""
        num_all, num_saves = len(self._entries), sum(len(entry.checkpoints) for entry in found)
        if self._listing.num_unread:
            return f"{num_all:,} runs, {self._listing.num_unread:,} more are being read"
        if len(found) > MAX_SHOWN:
            return f"{MAX_SHOWN:,} of {len(found):,} runs · / finds the others"
        num_found = f"{len(found):,} of " if len(found) < num_all else ""
        size = format_bytes(sum(entry.num_bytes for entry in found))
        figures = [f"{num_found}{_count(num_all, 'run')}", _count(num_saves, "checkpoint"), size]
        return " · ".join(figures)

    def on_run_table_highlighted(self, message: RunTable.Highlighted) -> None:
        """Show the card of the run under the cursor."""
        self.query_one(RunCard).show_run(message.row.entry if message.row else None)

    def redraw(self) -> None:
        """Draw again, as after a change of theme."""
        self._draw_words()
        self.query_one(RunTable).redraw()
        self.query_one(RunCard).redraw()

    def _draw_words(self) -> None:
        palette = tokens(self)
        if self._entries:
            nothing = Text.assemble(("no run fits what is typed\n\n", palette["text"]), ("esc", f"bold {palette['train']}"))
            self.query_one("#no-runs", Static).update(nothing.append(" lists all again", palette["dim"]))
            return
        words = Text.assemble(
            ("no run yet\n\n", palette["text"]),
            ("1", f"bold {palette['train']}"),
            (" to configure one and train it", palette["dim"]),
        )
        self.query_one("#no-runs", Static).update(words)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
