"""RunsPane: the list of runs, kept up to date, with a line to find some of them, over the card of the run under the cursor.

While its screen is seen it has the listing read every two seconds, in a thread; what was read comes back as a `RunsRead`. Of
thousands the newest come first and the others while one looks already. The table's messages go on to the screen.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from itertools import islice
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
from tui_trainer.ui.run_entry import RunEntry
from tui_trainer.ui.run_filter import parse_filter
from tui_trainer.ui.run_listing import RunListing
from tui_trainer.ui.run_order import RunOrder
from tui_trainer.ui.run_table import RunTable
from tui_trainer.ui.theme import tokens

REFRESH_S = 2.0
RETRY_S = 0.1
NEW_AT_ONCE = 40
"""Runs that are read before the list is drawn for the first time."""
MORE_AT_ONCE = 2500
"""Of thousands, runs of which the summary is read before it is drawn again."""
FULL_AT_ONCE = 100
"""Of those that the table shows, runs that are read in full before it is drawn again."""
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
        """The newest in full, then the summaries of all others, then in full what of these the table shows."""
        is_first = not self._entries
        try:
            await self._read_part(NEW_AT_ONCE, None if is_first else self._wanted(), everything=everything)
            while self._listing.num_unread and self.is_seen:
                await self._read_part(MORE_AT_ONCE, ())
            while (wanted := self._wanted()) and self.is_seen:
                await self._read_part(MORE_AT_ONCE, wanted)
        finally:
            self._is_reading = False

    async def _read_part(self, max_new: int, in_full: Collection[str] | None, *, everything: bool = False) -> None:
        read = partial(self._listing.read, max_new, everything=everything, in_full=in_full)
        self._show_runs(await run_in_daemon(read, "mlp-tui listing"))

    def _wanted(self) -> set[str]:
        """Of the runs in the table, the keys of the first ones that were not read in full yet; the cursor's before all."""
        table = self.query_one(RunTable)
        rows = [table.row, *table.rows_shown] if table.row else table.rows_shown
        keys = (row.entry.key for row in rows if row.entry.details is None)
        return set(islice(keys, FULL_AT_ONCE))

    def _show_runs(self, entries: tuple[RunEntry, ...]) -> None:
        """Draw the list and its sums, and let the screen hear of it."""
        self._entries = entries
        if not self._listing.num_unread:
            self.query_one(RunTable).keep_marks({entry.key for entry in entries})
        self.remove_class("-reading")
        self.set_class(bool(entries), "-has-runs")
        self._show_found()
        self.post_message(self.RunsRead(entries))

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
        self._read_wanted()

    def _read_wanted(self) -> None:
        """Have what came into the table read in full, where it was not."""
        if self._wanted():
            self.read_runs()

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what fits what is typed so far."""
        event.stop()
        self._show_found()
        self._read_wanted()

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
        num_all, num_saves = len(self._entries), sum(entry.num_checkpoints for entry in found)
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
