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
from textual.events import DescendantFocus, ScreenResume, ScreenSuspend
from textual.widget import Widget
from textual.widgets import Static

from tui_trainer.runs.manifest import WEIGHTS
from tui_trainer.runs.safe_text import safe_text
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
from tui_trainer.ui.frame import FramedScreen
from tui_trainer.ui.frame_header import Facts
from tui_trainer.ui.key_bar import KeyBarTable, KeyHint
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.per_class_table import PerClassTable
from tui_trainer.ui.run_listing import RunEntry
from tui_trainer.ui.run_requests import EditRequested, OpenRequested, RerunRequested, ResumeRequested, RunRequest
from tui_trainer.ui.run_table import Row, RunTable
from tui_trainer.ui.runs_pane import RunsPane
from tui_trainer.ui.theme import token, tokens

WIDE_COLUMNS = 116
LIST, MATRIX, CLASSES = "list", "matrix", "classes"
VIEWS = {LIST: "runs", MATRIX: "evaluation", CLASSES: "classes"}
"""{view: id of its pane}."""
CLASSES_TITLE = "per class"
REQUESTS: dict[str, type[RunRequest]] = {"open": OpenRequested, "edit": EditRequested, "resume": ResumeRequested}


MARKS = (
    ("●", "ok", "training"),
    ("‖", "ok", "paused"),
    ("○", "ok", "queued"),
    ("x", "fail", "failed, died or damaged"),
    ("★", "best", "best on the test set"),
)
"""(mark, colour token, meaning) of the list, for the help."""
FOCUS_CHECKS = 3


class EvaluatingApp(Protocol):
    """What the screen needs of its app."""

    engine_server: Server


class CheckpointsScreen(FramedScreen):
    """The third screen."""

    TAB = 3
    CSS_PATH = "checkpoints.tcss"
    # Two panes side by side need 116 columns: 48 for the list, 67 for the matrix, one of air.
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (WIDE_COLUMNS, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "show_view('list')", "Runs", tooltip="Go back to the list of runs"),
        Binding("m", "show_view('matrix')", "Matrix", tooltip="Which classes are taken for which"),
        Binding("p", "show_view('classes')", "Per class", tooltip="Precision, recall and f1 of each class"),
        Binding("o", "ask('open')", "Open", tooltip="Show this run's curves on the Train screen"),
        Binding("r", "rerun(False)", "Rerun", tooltip="Train this configuration again, from the start"),
        Binding("R", "rerun(True)", "Rerun, new seed", tooltip="Train this configuration again with a new seed"),
        Binding("e", "ask('edit')", "Edit", tooltip="Load this run's configuration into Configure"),
        Binding("C", "ask('resume')", "Resume", tooltip="Go on with a run that was stopped or died, from its last save"),
        Binding("y", "copy_path", "Copy path", tooltip="Copy the path of the checkpoint or run to the clipboard"),
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
        self._view = LIST
        self._num_requests = 0
        self._row: Row | None = None

    @property
    def key_bar_table(self) -> KeyBarTable:
        """Keys of the list, or of what an evaluation shows."""
        return self.LIST_KEYS if self._view == LIST else self.RESULT_KEYS

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
        self._set_view(LIST)
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
        if message.entries and self.focused is None and self._view == LIST:
            self._go_to(LIST)

    def on_run_table_highlighted(self, message: RunTable.Highlighted) -> None:
        """Say in the header what the run under the cursor works on."""
        self._row = message.row
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
            self._go_to(MATRIX)
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
        self._go_to(self._view if evaluation is not None or self.has_class("-small") else LIST)

    # Views

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The view is where the focus is."""
        for view, identifier in VIEWS.items():
            # The focus may have gone on before the news of it got here.
            if event.widget.has_focus and any(node.id == identifier for node in event.widget.ancestors):
                self._set_view(view)

    def action_show_view(self, view: str) -> None:
        """Go to one of the panes."""
        self._go_to(view)

    def _go_to(self, view: str) -> None:
        self._set_view(view)
        if self._focus_target(view) is None:
            self.set_focus(None)
        # What was hidden can be focused only once the stylesheet has been applied.
        self.call_after_refresh(self._focus_view, view, FOCUS_CHECKS)

    def _focus_view(self, view: str, checks_left: int = 0) -> None:
        """Give the keys to `view`; looks again, because a pane that goes away takes the focus along a little later."""
        if self._view != view:
            return
        target = self._focus_target(view)
        if target is not None and self.focused is not target:
            self.set_focus(target)
        if checks_left > 0:
            self.call_after_refresh(self._focus_view, view, checks_left - 1)

    def _focus_target(self, view: str) -> Widget | None:
        """What takes the keys of a view; None where nothing in it does."""
        if view == LIST:
            return self.query_one(RunTable) if self.query_one(RunsPane).has_runs else None
        if view == CLASSES:
            return self.query_one(PerClassTable) if self.has_class("-evaluated") else None
        matrix = self.query_one(ConfusionMatrix)
        return matrix if matrix.display and self.query_one(EvaluationPane).has_result else None

    def _set_view(self, view: str) -> None:
        self._view = view
        for name in VIEWS:
            self.set_class(name == view, f"-view-{name}")
        self.refresh_bindings()

    # Asking the app

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what works now is shown and runs."""
        entry = self._row.entry if self._row else None
        match action, parameters:
            case "show_view", (view, *_):
                return view != self._view and self._is_worth_a_visit(str(view))
            case "ask", ("resume", *_):
                return entry is not None and entry.is_resumable
            case ("rerun", _) | ("ask", ("edit", *_)):
                return entry is not None and entry.config is not None
            case "ask" | "copy_path", _:
                return entry is not None
        return True

    def _is_worth_a_visit(self, view: str) -> bool:
        """Whether a pane takes keys, or must be chosen to be seen at all."""
        if view == LIST or not self.has_class("-evaluated"):
            return view == LIST
        return self._focus_target(view) is not None or self.has_class("-small")

    def action_rerun(self, has_new_seed: bool) -> None:
        """Have the run's configuration trained again."""
        if self._row is not None:
            self.post_message(RerunRequested(self._row.entry.run, has_new_seed=has_new_seed))

    def action_ask(self, request: str) -> None:
        """Post one of REQUESTS about the run under the cursor."""
        if self._row is not None:
            self.post_message(REQUESTS[request](self._row.entry.run))

    def action_copy_path(self) -> None:
        """Put the path of the checkpoint's weights, or of the run's folder, on the terminal's clipboard."""
        if self._row is not None:
            checkpoint = self._row.checkpoint
            path = checkpoint.folder / WEIGHTS if checkpoint else self._row.entry.run.path
            self.app.copy_to_clipboard(str(path))
            self.notify(f"copied {safe_text(path, 300)}", markup=False)

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
