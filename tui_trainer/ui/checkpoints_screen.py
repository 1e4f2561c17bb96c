"""CheckpointsScreen: the runs on disk, their checkpoints, and what a checkpoint gets wrong.

It routes: the pane of runs says what was chosen, the app's `engine_server` evaluates it, and the panes at the right show the
result. Runs are opened, resumed, rerun and edited by the app, which hears RunRequests. Under 116 columns one pane is seen at
a time: list, matrix, classes; escape goes back.
"""

from __future__ import annotations

from typing import ClassVar, Protocol, cast

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import ScreenResume, ScreenSuspend
from textual.widget import Widget
from textual.widgets import Static

from tui_trainer.ui.confusion_matrix import ConfusionMatrix
from tui_trainer.ui.evaluation import Evaluation
from tui_trainer.ui.evaluation_pane import EvaluationPane, checkpoint_name
from tui_trainer.ui.evaluation_request import (
    EvaluationAdvanced,
    EvaluationEnded,
    EvaluationRefused,
    EvaluationRequest,
    Server,
    ask_engine,
)
from tui_trainer.ui.frame_header import Facts
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.pane_views import PaneViews
from tui_trainer.ui.per_class_table import PerClassTable
from tui_trainer.ui.run_actions import RunActions
from tui_trainer.ui.run_listing import RunEntry
from tui_trainer.ui.run_table import Row, RunTable
from tui_trainer.ui.runs_pane import RunsPane
from tui_trainer.ui.theme import token, tokens

WIDE_COLUMNS = 116
LIST, MATRIX, CLASSES = "list", "matrix", "classes"
CLASSES_TITLE = "per class"
MARKS = (
    ("●", "ok", "training"),
    ("‖", "ok", "paused"),
    ("○", "ok", "queued"),
    ("x", "fail", "failed, died or damaged"),
    ("★", "best", "best on the test set"),
)
"""(mark, colour token, meaning) of the list, for the help."""


class EvaluatingApp(Protocol):
    """What the screen needs of its app."""

    engine_server: Server


class CheckpointsScreen(RunActions, PaneViews):
    """The third screen."""

    TAB = 3
    VIEWS: ClassVar[dict[str, str]] = {LIST: "runs", MATRIX: "evaluation", CLASSES: "classes"}
    CSS_PATH = "checkpoints.tcss"
    # Two panes side by side need 116 columns: 48 for the list, 67 for the matrix, one of air.
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (WIDE_COLUMNS, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "show_view('list')", "Runs", tooltip="Go back to the list of runs"),
        Binding("m", "show_view('matrix')", "Matrix", tooltip="Which classes are taken for which"),
        Binding("p", "show_view('classes')", "Per class", tooltip="Precision, recall and f1 of each class"),
    ]
    LIST_KEYS: ClassVar[KeyBarTable] = {
        "select_cursor": 0,
        "fold": KeyHint(5, label="Fold", key="← →"),
        "ask('open')": 4,
        "rerun(False)": 2,
        "ask('edit')": 3,
        "ask('resume')": 1,
        "show_view('matrix')": 6,
        "show_view('classes')": 6,
        "copy_path": 7,
    }
    RESULT_KEYS: ClassVar[KeyBarTable] = {
        "show_view('list')": 0,
        "move_cell(-1, 0)": KeyHint(1, key="←↑↓→"),
        "show_view('matrix')": 2,
        "show_view('classes')": 2,
        "copy_path": 3,
    }

    def __init__(self) -> None:
        super().__init__()
        self._num_requests = 0

    @property
    def key_bar_table(self) -> KeyBarTable:
        """Keys of the list, or of what an evaluation shows."""
        return self.LIST_KEYS if self.view == LIST else self.RESULT_KEYS

    def compose_body(self) -> ComposeResult:
        """List at the left, evaluation over classes at the right."""
        with Horizontal(id="checkpoints"):
            yield RunsPane(id="runs")
            with Vertical(id="evaluated"):
                yield EvaluationPane(id="evaluation")
                with Pane(title=CLASSES_TITLE, id="classes"):
                    yield Static(id="no-classes")
                    yield PerClassTable(id="class-table")

    def help_topic(self) -> Text | None:
        """What the marks of the list mean."""
        palette = tokens(self)
        marks = Text("A run and the states that it saved.  ", palette["text"])
        for mark, colour, meaning in MARKS:
            marks.append(f"{mark} ", palette[colour]).append(f"{meaning}   ", palette["dim"])
        return marks

    def on_mount(self) -> None:
        """Begin at the list; follow the theme."""
        self.set_view(LIST)
        self._draw_words()
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

    # Evaluating

    def on_run_table_chosen(self, message: RunTable.Chosen) -> None:
        """Have the row's checkpoint evaluated."""
        self._num_requests += 1
        request = EvaluationRequest(self._num_requests, message.row)
        self.query_one(EvaluationPane).begin(request.row)
        if self.has_class("-small"):
            self.go_to(MATRIX)
        self._evaluate(request)

    @work(exclusive=True, group="evaluation")
    async def _evaluate(self, request: EvaluationRequest) -> None:
        await ask_engine(cast(EvaluatingApp, self.app).engine_server, request, self.post_message)

    def on_evaluation_advanced(self, message: EvaluationAdvanced) -> None:
        """Show how far it is."""
        if message.request.number == self._num_requests:
            self.query_one(EvaluationPane).show_progress(message.progress)

    def on_evaluation_ended(self, message: EvaluationEnded) -> None:
        """Show the result."""
        if message.request.number == self._num_requests:
            self.query_one(EvaluationPane).show_evaluation(message.request.row, message.evaluation)
            self.query_one("#classes", Pane).show_title(self._classes_title(message.request.row))
            self._show_classes(message.evaluation)

    def on_evaluation_refused(self, message: EvaluationRefused) -> None:
        """Show why there is none."""
        if message.request.number == self._num_requests:
            self.query_one(EvaluationPane).show_refusal(message.request.row, message.reason)
            self.query_one("#classes", Pane).show_title(CLASSES_TITLE)
            self._show_classes(None)

    def _classes_title(self, row: Row) -> Content:
        name = f"  {checkpoint_name(row)}"
        return Content.assemble(CLASSES_TITLE, (name, token(self, "dim")))

    def _show_classes(self, evaluation: Evaluation | None) -> None:
        self.set_class(evaluation is not None, "-evaluated")
        self.query_one(PerClassTable).show_evaluation(evaluation)
        # What was focused may be gone, and what should have been may only now be there.
        self.go_to(self.view if evaluation is not None or self.has_class("-small") else LIST)

    def focus_target(self, view: str) -> Widget | None:
        """What takes the keys of a view; None where nothing in it does."""
        if view == LIST:
            return self.query_one(RunTable) if self.query_one(RunsPane).has_runs else None
        if view == CLASSES:
            return self.query_one(PerClassTable) if self.has_class("-evaluated") else None
        matrix = self.query_one(ConfusionMatrix)
        return matrix if matrix.display and self.query_one(EvaluationPane).has_result else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what works now is shown and runs."""
        if action == "show_view":
            view = str(parameters[0])
            return view != self.view and self._is_worth_a_visit(view)
        return super().check_action(action, parameters)

    def _is_worth_a_visit(self, view: str) -> bool:
        """Whether a pane takes keys, or must be chosen to be seen at all."""
        if view == LIST or not self.has_class("-evaluated"):
            return view == LIST
        return self.focus_target(view) is not None or self.has_class("-small")

    # Drawing

    def _redraw(self) -> None:
        """Put the colours of another theme into what holds them."""
        self._draw_words()
        self.query_one(RunsPane).redraw()
        self.query_one(EvaluationPane).redraw()
        self.query_one(PerClassTable).redraw()

    def _draw_words(self) -> None:
        words = Text("precision, recall and f1 of each class,\nand how many of it were missed", token(self, "dim"))
        self.query_one("#no-classes", Static).update(words)


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
