"""CheckpointsScreen: the runs on disk, their checkpoints, and what a checkpoint gets wrong.

It routes: the pane of runs says what was chosen, `EvaluatedViews` has it evaluated and shows the result, `RunActions` asks the
app for what is to become of a run. Under 116 columns one pane is seen at a time; escape goes back.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Resize, ScreenResume, ScreenSuspend
from textual.widget import Widget

from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.ui.evaluated_views import LIST, EvaluatedViews
from tui_trainer.ui.frame_header import Facts
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.listed_row import Row
from tui_trainer.ui.network_files import NetworkFiles
from tui_trainer.ui.run_actions import RunActions
from tui_trainer.ui.run_care import RunCare
from tui_trainer.ui.run_entry import RunEntry
from tui_trainer.ui.run_order import SORT_COLUMNS
from tui_trainer.ui.run_requests import OverlayRequested
from tui_trainer.ui.run_table import RunTable
from tui_trainer.ui.runs_pane import RunsPane
from tui_trainer.ui.subject import Subject, subject_of
from tui_trainer.ui.subject_actions import SubjectActions
from tui_trainer.ui.theme import tokens

WIDE_COLUMNS = 116
TURN_S = 0.001
"""Keys and timers have their turn in it, between two long steps."""
MARKS = (
    ("●", "ok", "training"),
    ("‖", "ok", "paused"),
    ("○", "ok", "queued"),
    ("x", "fail", "failed, died or damaged"),
    ("★", "best", "best on the test set"),
    ("◆", "alt", "marked to be compared"),
)
"""(mark, colour token, meaning) of the list, for the help."""


class CheckpointsScreen(SubjectActions, RunCare, RunActions, EvaluatedViews):
    """The third screen."""

    TAB = 3
    CSS_PATH = "checkpoints.tcss"
    # Two panes side by side need 116 columns: 48 for the list, 67 for the matrix, one of air.
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (WIDE_COLUMNS, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "show_view('list')", "Runs", tooltip="Go back to the list of runs"),
        Binding("slash", "find", "Filter", tooltip="Type to find runs: words, !not, /pattern/, acc>0.97, lr<=0.1, epoch=20"),
        Binding(
            "z", "widen", "Widen", tooltip="Give the list the whole width: status, parameters, what is configured; or back"
        ),
        Binding(
            "v", "overlay", "Curves", tooltip="The curves of the marked runs over each other, with the one under the cursor"
        ),
        Binding("s", "sort", "Sort", tooltip="Sort by a column; the same again turns it round"),
        Binding("t", "choose_data", "Data", tooltip="Evaluate on another split, or on another data source"),
        Binding("F", "open_file", "Open file", tooltip="Evaluate weights of any origin: .safetensors, .pt, .pth, .ckpt"),
        Binding("E", "export", "Export", tooltip="Write the network as safetensors, pt, onnx or folder, or a report of it"),
        Binding("c", "show_script", "Script", tooltip="The short script that this run's configuration is"),
    ]
    LIST_KEYS: ClassVar[KeyBarTable] = {
        "select_cursor": 0,
        "compare": 1,
        "overlay": 4,
        "mark": 3,
        "show_view('gallery')": 3,
        "draw": 4,
        "find": 4,
        "fold": KeyHint(6, label="Fold", key="← →"),
        "ask('open')": 5,
        "rerun(False)": 3,
        "ask('edit')": 5,
        "widen": 7,
        "sort": 7,
        "undelete": 1,
        "label": 6,
        "keep": 5,
        "open_file": 6,
        "delete": 8,
        "export": 8,
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
        "draw": 5,
        "choose_data": 5,
        "export": 6,
        "copy_path": 7,
    }

    def __init__(self) -> None:
        super().__init__()
        self._is_new = True

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
        """Begin with words; follow the theme."""
        self.draw_words()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.call_after_refresh(self._redraw))

    async def on_screen_resume(self, event: ScreenResume) -> None:
        """Seen again: be up to date at once."""
        runs = self.query_one(RunsPane)
        runs.is_seen = True
        runs.read_runs()
        if self._is_new:
            # Its widgets were styled a moment ago; later the theme may have changed meanwhile.
            event.refresh_styles = self._is_new = False
        await asyncio.sleep(TURN_S)

    @on(Resize)
    async def wait_a_turn(self) -> None:
        """Layout and drawing follow, by Textual."""
        await asyncio.sleep(TURN_S)

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

    def on_run_table_marked(self, message: RunTable.Marked) -> None:
        """There may be something to compare now."""
        self.refresh_bindings()

    def on_run_table_column_chosen(self, message: RunTable.ColumnChosen) -> None:
        """Sort by what was clicked."""
        self.query_one(RunsPane).sort_by(message.column)

    def action_widen(self) -> None:
        """The list alone, with all its columns, or beside the evaluation again."""
        self.toggle_class("-list-only")
        self.go_to(LIST)

    def evaluate(self, subject: Subject) -> None:
        """What is evaluated is to be seen."""
        self.remove_class("-list-only")
        super().evaluate(subject)

    def read_again(self) -> None:
        """Have the list read, what has ended too."""
        self.query_one(RunsPane).read_runs(everything=True)

    def action_find(self) -> None:
        """Type to find runs."""
        self.set_view(LIST)
        self.query_one(RunsPane).find()

    @property
    def overlaid_runs(self) -> tuple[RunDirectory, ...]:
        """The one under the cursor, then those that are marked, or of which a checkpoint is."""
        rows = [*([self.row] if self.row is not None else []), *self.marked_rows]
        return tuple(dict.fromkeys(row.entry.run for row in rows))

    @property
    def marked_rows(self) -> tuple[Row, ...]:
        """In the order of marking; while the screen opens or closes there is no table."""
        return tuple(row for table in self.query(RunTable) for row in table.marked)

    def action_overlay(self) -> None:
        """Ask the app for the curves of several runs."""
        self.post_message(OverlayRequested(self.overlaid_runs))

    @work
    async def action_sort(self) -> None:
        """Choose a column to sort by."""
        from tui_trainer.ui.choice_dialog import ChoiceDialog
        from tui_trainer.ui.form_fields import Choice

        runs = self.query_one(RunsPane)
        choices = [Choice(column.name, column.name, column.help) for column in SORT_COLUMNS]
        chosen = await self.app.push_screen_wait(ChoiceDialog("sort by", choices, runs.order.column))
        if chosen is not None:
            runs.sort_by(str(chosen.value))

    # What the keys are about

    @property
    def chosen_subject(self) -> Subject | None:
        """The row under the cursor while the list has the keys, else what is evaluated."""
        if self.view == LIST:
            return subject_of(self.row) if self.row is not None else None
        return self.subject

    @property
    def compared_subjects(self) -> tuple[Subject, Subject] | None:
        """The last two that were marked; of one, with the one under the cursor."""
        rows = list(self.marked_rows[-2:])
        if len(rows) == 1 and self.row is not None and self.row.key != rows[0].key:
            rows.append(self.row)
        subjects = [subject for subject in map(subject_of, rows) if not subject.obstacle]
        return (subjects[0], subjects[1]) if len(subjects) == 2 else None

    @work
    async def action_choose_data(self) -> None:
        """Choose a split or another source, then evaluate again."""
        from tui_trainer.ui.data_choice import choose_data

        subject = self.chosen_subject
        if subject is not None and (chosen := await choose_data(self.app, subject)) is not None:
            self.evaluate(chosen)

    @property
    def files(self) -> NetworkFiles:
        """Dialogs about files."""
        return NetworkFiles(self, self.engine_server)

    @work
    async def action_show_script(self) -> None:
        """The script of the run under the cursor."""
        if self.row is not None and self.row.entry.config is not None:
            entry, threads = self.row.entry, self.row.entry.started.get("threads")
            name = entry.run.shown_name
            await self.files.show_script(self.row.entry.config, name, threads if isinstance(threads, int) else None)

    @work
    async def action_open_file(self) -> None:
        """Open weights that belong to no run, on the data of the run under the cursor."""
        config = self.row.entry.config if self.row is not None else None
        subject = await self.files.open(config.data.source if config is not None else None)
        if subject is not None:
            self.evaluate(subject)

    @work
    async def action_export(self) -> None:
        """Write the network, or a report of it, somewhere else."""
        if self.chosen_subject is not None:
            await self.files.export(self.chosen_subject)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what works now is shown and runs."""
        if action in ("find", "sort", "widen"):
            has_runs = any(pane.has_runs for pane in self.query(RunsPane))
            return has_runs and (action != "widen" or (self.view == LIST and not self.has_class("-small")))
        if action == "overlay":
            return self.view == LIST and bool(self.overlaid_runs)
        if action in ("choose_data", "export"):
            return self.chosen_subject is not None and not self.chosen_subject.obstacle
        if action == "show_script":
            return self.row is not None and self.row.entry.config is not None
        return super().check_action(action, parameters)

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
