"""EvaluatedViews: the half of the Checkpoints screen that shows one evaluation: matrix over gallery, classes or calibration.

It has the app's `engine_server` evaluate a subject, hands the result to the panes, and lets the gallery follow the matrix's
cursor. What is evaluated is said by the subclass through `evaluate`.
"""

from __future__ import annotations

from typing import ClassVar, Protocol, cast

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui_trainer.ui.calibration_pane import CalibrationPane
from tui_trainer.ui.confusion_matrix import ConfusionMatrix
from tui_trainer.ui.evaluation import Evaluation, Regression
from tui_trainer.ui.evaluation_pane import EvaluationPane
from tui_trainer.ui.evaluation_request import (
    EvaluationAdvanced,
    EvaluationEnded,
    EvaluationRefused,
    EvaluationRequest,
    ask_engine,
)
from tui_trainer.ui.gallery_pane import Cell, GalleryPane
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.pane_views import PaneViews
from tui_trainer.ui.per_class_table import PerClassTable
from tui_trainer.ui.questions import Server
from tui_trainer.ui.subject import Subject
from tui_trainer.ui.theme import token

LIST, MATRIX, GALLERY, CLASSES, CALIBRATION = "list", "matrix", "gallery", "classes", "calibration"
BELOW = (GALLERY, CLASSES, CALIBRATION)
"""Views of which one is seen under the matrix."""
CLASSES_TITLE = "per class"


class EvaluatingApp(Protocol):
    """What the screen needs of its app."""

    engine_server: Server


class EvaluatedViews(PaneViews):
    """Panes of one evaluation, and the wait for it."""

    VIEWS: ClassVar[dict[str, str]] = {
        LIST: "runs",
        MATRIX: "evaluation",
        GALLERY: "gallery",
        CLASSES: "classes",
        CALIBRATION: "calibration",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "show_view('matrix')", "Matrix", tooltip="Which classes are taken for which"),
        Binding("g", "show_view('gallery')", "Gallery", tooltip="The examples of the chosen cell, the worst first"),
        Binding("p", "show_view('classes')", "Per class", tooltip="Precision, recall and f1 of each class"),
        Binding("b", "show_view('calibration')", "Calibration", tooltip="How often it is right where it says it is sure"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._num_requests = 0
        self._evaluation: Evaluation | Regression | None = None
        self.subject: Subject | None = None
        """What is evaluated, or was last."""
        # The list has the keys at first, and there is room for a gallery; before the screen is styled it costs nothing.
        self.update_classes({**self.view_classes(GALLERY), **self.view_classes(LIST)}, update=False)

    @property
    def engine_server(self) -> Server:
        """What answers."""
        return cast(EvaluatingApp, self.app).engine_server

    @property
    def evaluation(self) -> Evaluation | Regression | None:
        """What is shown; None where nothing is."""
        return self._evaluation

    def compose_evaluated(self) -> ComposeResult:
        """Evaluation over gallery, classes or calibration."""
        with Vertical(id="evaluated"):
            yield EvaluationPane(id="evaluation")
            yield GalleryPane(self.engine_server, id="gallery")
            with Pane(title=CLASSES_TITLE, id="classes"):
                yield Static(id="no-classes")
                yield PerClassTable(id="class-table")
            yield CalibrationPane(id="calibration")

    # Evaluating

    def evaluate(self, subject: Subject) -> None:
        """Have `subject` evaluated; its panes show how far it is, then what came out."""
        self._num_requests += 1
        self.subject = subject
        self.query_one(EvaluationPane).begin(subject)
        if self.has_class("-small"):
            self.go_to(MATRIX)
        self._evaluate(EvaluationRequest(self._num_requests, subject))

    @work(exclusive=True, group="evaluation")
    async def _evaluate(self, request: EvaluationRequest) -> None:
        await ask_engine(self.engine_server, request, self.post_message)

    def on_evaluation_advanced(self, message: EvaluationAdvanced) -> None:
        """Show how far it is."""
        if message.request.number == self._num_requests:
            self.query_one(EvaluationPane).show_progress(message.progress)

    def on_evaluation_ended(self, message: EvaluationEnded) -> None:
        """Show the result."""
        if message.request.number == self._num_requests:
            subject, evaluation = message.request.subject, message.evaluation
            is_regression = isinstance(evaluation, Regression)
            self.query_one(GalleryPane).begin(subject, evaluation.facts.image_shape, is_regression=is_regression)
            self.query_one(EvaluationPane).show_evaluation(subject, evaluation)
            self._show_parts(subject, evaluation)

    def on_evaluation_refused(self, message: EvaluationRefused) -> None:
        """Show why there is none."""
        if message.request.number == self._num_requests:
            self.query_one(GalleryPane).begin(None)
            self.query_one(EvaluationPane).show_refusal(message.request.subject, message.reason)
            self._show_parts(message.request.subject, None)

    def _show_parts(self, subject: Subject, evaluation: Evaluation | Regression | None) -> None:
        self._evaluation = evaluation
        classes = evaluation if isinstance(evaluation, Evaluation) else None
        # No style asks for it, and the next change of a class has the screen styled anyway.
        self.set_class(evaluation is not None, "-evaluated", update=False)
        self.set_class(classes is not None, "-classified")
        name = Content.styled(f"  {subject.title}" if classes else "", token(self, "dim"))
        self.query_one("#classes", Pane).show_title(Content.assemble(CLASSES_TITLE, name))
        self.query_one(PerClassTable).show_evaluation(classes)
        self.query_one(CalibrationPane).show_evaluation(classes)
        # What was focused may be gone, and what should have been may only now be there.
        self.go_to(self.view if evaluation is not None or self.has_class("-small") else LIST)

    def on_evaluation_pane_matrix_fitted(self) -> None:
        """Give the matrix the keys that nothing could take before."""
        if self.view == MATRIX and self.focused is None:
            self.go_to(MATRIX)

    def on_evaluation_pane_cell_shown(self, message: EvaluationPane.CellShown) -> None:
        """Let the gallery follow the matrix."""
        # The matrix draws before the screen knows what it draws.
        self.call_later(self._show_cell, message.true, message.predicted)

    def _show_cell(self, true: int, predicted: int) -> None:
        if isinstance(self._evaluation, Evaluation) and max(true, predicted) < len(self._evaluation.classes):
            names = [metrics.name for metrics in self._evaluation.classes]
            self.query_one(GalleryPane).show_cell(Cell(true, predicted, names[true], names[predicted]))

    # Views

    def view_classes(self, view: str) -> dict[str, bool]:
        """Under the matrix stands what was gone to last."""
        below = {f"-below-{name}": name == view for name in BELOW} if view in BELOW else {}
        return {**super().view_classes(view), **below}

    def is_styled_by(self, class_name: str) -> bool:
        """Where all panes are seen it is no matter which has the keys."""
        return not class_name.startswith("-view-") or self.has_class("-small") or self.has_class("-list-only")

    def focus_target(self, view: str) -> Widget | None:
        """What takes the keys of a view; None where nothing in it does."""
        if not self.has_class("-evaluated"):
            return None
        match view:
            case "classes":
                return self.query_one(PerClassTable) if self.has_class("-classified") else None
            case "gallery":
                return self.query_one(GalleryPane)
            case "calibration":
                return self.query_one(CalibrationPane) if self.has_class("-classified") else None
        matrix = self.query_one(ConfusionMatrix)
        return matrix if matrix.display and self.query_one(EvaluationPane).has_result else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only views that are worth a visit."""
        if action == "show_view":
            view = str(parameters[0])
            return view != self.view and self._is_worth_a_visit(view)
        return super().check_action(action, parameters)

    def _is_worth_a_visit(self, view: str) -> bool:
        """Whether a pane takes keys, or must be chosen to be seen at all."""
        if view == LIST or not self.has_class("-evaluated"):
            return view == LIST
        return self.focus_target(view) is not None or (self.has_class("-small") and view == MATRIX)

    # Drawing

    def redraw_evaluated(self) -> None:
        """Put the colours of another theme into what holds them."""
        self.draw_words()
        self.query_one(EvaluationPane).redraw()
        self.query_one(GalleryPane).redraw()
        self.query_one(PerClassTable).redraw()
        self.query_one(CalibrationPane).redraw()

    def draw_words(self) -> None:
        """What will be in the table of classes."""
        words = Text("precision, recall and f1 of each class,\nand how many of it were missed", token(self, "dim"))
        self.query_one("#no-classes", Static).update(words)
