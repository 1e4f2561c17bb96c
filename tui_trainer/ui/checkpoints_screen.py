"""CheckpointsScreen: the runs on disk, their checkpoints, and what a checkpoint gets wrong.

It routes: the pane of runs says what was chosen, `EvaluatedViews` has it evaluated and shows the result, `RunActions` asks the
app for what is to become of a run. Under 116 columns one pane is seen at a time; escape goes back.
"""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import ScreenResume, ScreenSuspend
from textual.widget import Widget

from tui_trainer.ui.evaluated_views import GALLERY, LIST, EvaluatedViews
from tui_trainer.ui.frame_header import Facts
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.run_actions import RunActions
from tui_trainer.ui.run_listing import RunEntry
from tui_trainer.ui.run_table import RunTable
from tui_trainer.ui.runs_pane import RunsPane
from tui_trainer.ui.subject import subject_of
from tui_trainer.ui.theme import tokens

WIDE_COLUMNS = 116
MARKS = (
    ("●", "ok", "training"),
    ("‖", "ok", "paused"),
    ("○", "ok", "queued"),
    ("x", "fail", "failed, died or damaged"),
    ("★", "best", "best on the test set"),
)
"""(mark, colour token, meaning) of the list, for the help."""


class CheckpointsScreen(RunActions, EvaluatedViews):
    """The third screen."""

    TAB = 3
    CSS_PATH = "checkpoints.tcss"
    # Two panes side by side need 116 columns: 48 for the list, 67 for the matrix, one of air.
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (WIDE_COLUMNS, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "show_view('list')", "Runs", tooltip="Go back to the list of runs"),
    ]
    LIST_KEYS: ClassVar[KeyBarTable] = {
        "select_cursor": 0,
        "show_view('gallery')": 3,
        "fold": KeyHint(6, label="Fold", key="← →"),
        "ask('open')": 5,
        "rerun(False)": 4,
        "ask('edit')": 4,
        "ask('resume')": 2,
        "show_view('matrix')": 5,
        "show_view('classes')": 7,
        "show_view('calibration')": 8,
        "copy_path": 9,
    }
    RESULT_KEYS: ClassVar[KeyBarTable] = {
        "show_view('list')": 0,
        "move_cell(-1, 0)": KeyHint(1, key="←↑↓→"),
        "turn(1)": KeyHint(1, key="← →"),
        "show_view('matrix')": 2,
        "show_view('gallery')": 1,
        "next_order": 2,
        "toggle_cell": 4,
        "normalise": 4,
        "show_view('classes')": 3,
        "show_view('calibration')": 4,
        "copy_path": 6,
    }

    @property
    def key_bar_table(self) -> KeyBarTable:
        """Keys of the list, or of what an evaluation shows."""
        return self.LIST_KEYS if self.view == LIST else self.RESULT_KEYS

    def compose_body(self) -> ComposeResult:
        """List at the left, the evaluation's panes at the right."""
        with Horizontal(id="checkpoints"):
            yield RunsPane(id="runs")
            yield from self.compose_evaluated()

    def help_topic(self) -> Text | None:
        """What the marks of the list mean."""
        palette = tokens(self)
        marks = Text("A run and the states that it saved.  ", palette["text"])
        for mark, colour, meaning in MARKS:
            marks.append(f"{mark} ", palette[colour]).append(f"{meaning}   ", palette["dim"])
        return marks

    def on_mount(self) -> None:
        """Begin at the list, with room for a gallery; follow the theme."""
        self.set_view(GALLERY)
        self.set_view(LIST)
        self.draw_words()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.call_after_refresh(self._redraw))

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Seen again: be up to date at once."""
        runs = self.query_one(RunsPane)
        runs.is_seen = True
        runs.read_runs()

    def on_screen_suspend(self, event: ScreenSuspend) -> None:
        """Not seen: read nothing."""
        self.query_one(RunsPane).is_seen = False

    # The list

    def on_runs_pane_runs_read(self, message: RunsPane.RunsRead) -> None:
        """Give the keys to the list as soon as there is one."""
        if message.entries and self.focused is None and self.view == LIST:
            self.go_to(LIST)

    def on_run_table_highlighted(self, message: RunTable.Highlighted) -> None:
        """Say in the header what the run under the cursor works on."""
        self.row = message.row
        if message.row is not None:
            self.show_facts(_facts(message.row.entry))
        self.refresh_bindings()

    def on_run_table_chosen(self, message: RunTable.Chosen) -> None:
        """Have the row's checkpoint evaluated."""
        self.evaluate(subject_of(message.row))

    def focus_target(self, view: str) -> Widget | None:
        """What takes the keys of a view; None where nothing in it does."""
        if view == LIST:
            return self.query_one(RunTable) if self.query_one(RunsPane).has_runs else None
        return super().focus_target(view)

    def _redraw(self) -> None:
        """Put the colours of another theme into what holds them."""
        self.query_one(RunsPane).redraw()
        self.redraw_evaluated()


def _facts(entry: RunEntry) -> Facts:
    """What the header says of a run, from its last start."""

    def whole(name: str) -> int | None:
        value = entry.started.get(name)
        return value if isinstance(value, int) else None

    device = entry.started.get("device")
    return Facts(
        device=str(device) if device is not None else None,
        threads=whole("threads"),
        source=entry.config.data.source if entry.config else None,
        num_train=whole("num_train"),
        num_test=whole("num_test"),
    )
