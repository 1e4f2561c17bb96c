"""RunsPane: the list of runs, kept up to date, over the card of the run under the cursor.

While its screen is seen it has the listing read every two seconds, in a thread; what was read comes back as a `RunsRead`. The
table's messages `Highlighted` and `Chosen` go on to the screen.
"""

from __future__ import annotations

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.run_card import RunCard
from tui_trainer.ui.run_listing import RunEntry, RunListing
from tui_trainer.ui.run_table import RunTable
from tui_trainer.ui.theme import tokens

REFRESH_S = 2.0


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
        self._is_reading = False
        self.is_seen = True
        """Whether the screen is the one that is shown."""

    @property
    def has_runs(self) -> bool:
        """Whether any run is listed."""
        return self.has_class("-has-runs")

    def compose(self) -> ComposeResult:
        """Words, table and card."""
        yield Static(id="no-runs")
        yield RunTable(id="run-table")
        yield RunCard(id="run-card")

    def on_mount(self) -> None:
        """Read the runs, now and every two seconds."""
        self._draw_words()
        self.read_runs()
        self.set_interval(REFRESH_S, self._read_again)

    def read_runs(self) -> None:
        """Have the listing read, unless it is being read."""
        if not self._is_reading:
            self._is_reading = True
            self._read_listing()

    def _read_again(self) -> None:
        if self.is_seen:
            self.read_runs()

    @work
    async def _read_listing(self) -> None:
        try:
            self.post_message(self.RunsRead(await run_in_daemon(self._listing.read, "mlp-tui listing")))
        finally:
            self._is_reading = False

    def on_runs_pane_runs_read(self, message: RunsRead) -> None:
        """Draw the list and its sums; the screen hears of it too."""
        entries = message.entries
        self.remove_class("-reading")
        self.set_class(bool(entries), "-has-runs")
        figures = [
            _count(len(entries), "run"),
            _count(sum(len(entry.checkpoints) for entry in entries), "checkpoint"),
            format_bytes(sum(entry.num_bytes for entry in entries)),
        ]
        self.show_figures(" · ".join(figures) if entries else "")
        self.query_one(RunTable).show_runs(entries)

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
        words = Text.assemble(
            ("no run yet\n\n", palette["text"]),
            ("1", f"bold {palette['train']}"),
            (" to configure one and train it", palette["dim"]),
        )
        self.query_one("#no-runs", Static).update(words)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
