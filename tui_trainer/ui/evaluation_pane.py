"""EvaluationPane: what one checkpoint gets right and wrong: accuracy with its interval, loss, and who is taken for whom.

It shows one of four things: words about what will be here, how far an evaluation is, why it was refused, or its result. The
screen says which; the pane asks nobody. Twelve classes and more, or too narrow a pane, show pairs instead of the matrix.
"""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static

from tui_trainer.runs.launcher import Progress
from tui_trainer.runs.loss_words import format_loss
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.confused_pairs import describe_cell, format_legend, format_most_confused, format_pair_table
from tui_trainer.ui.confusion_matrix import MAX_MATRIX_CLASSES, ConfusionMatrix, matrix_width
from tui_trainer.ui.evaluation import Evaluation, Regression
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.quantities import shorten_middle
from tui_trainer.ui.regression_figures import format_regression
from tui_trainer.ui.source_name import short_source
from tui_trainer.ui.subject import MAX_NAME, Subject
from tui_trainer.ui.theme import Tokens, tokens

TITLE = "evaluation"
BAR_COLUMNS = 30
PATIENCE_S = 0.2
"""A result stands this long before the progress of the next one takes its place, so that a quick one does not flicker."""
FIXED_ROWS = 3
"""Rows above the matrix: two of figures and one of air."""


class EvaluationPane(Pane):
    """The evaluation of the checkpoint that its title names."""

    class CellShown(Message):
        """The matrix's cursor is on examples of class `true` read as `predicted` (indices)."""

        def __init__(self, true: int, predicted: int) -> None:
            super().__init__()
            self.true, self.predicted = true, predicted

    class MatrixFitted(Message):
        """There is room for the matrix now, and was not: before the pane's first layout there is none for anything."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(title=TITLE, id=id)
        self._evaluation: Evaluation | None = None
        self._regression: Regression | None = None
        self._recorded: float | None = None
        self._subject: Subject | None = None
        self._pending: Subject | None = None
        self._progress: Progress | None = None
        self._refusal = ""

    def compose(self) -> ComposeResult:
        """Words, and the parts of a result."""
        yield Static(id="evaluation-words")
        yield Static(id="evaluation-figures")
        yield ConfusionMatrix(id="confusion")
        yield Static(id="confused-pairs")
        yield Static(id="shade-legend")

    def on_mount(self) -> None:
        """Begin with words."""
        self.redraw()

    @property
    def has_result(self) -> bool:
        """Whether a result is drawn now."""
        return self.has_class("-result")

    def begin(self, subject: Subject) -> None:
        """An evaluation of `subject` was asked for."""
        self._pending, self._progress = subject, None
        if self.has_result:
            self.set_timer(PATIENCE_S, self._show_pending)
        else:
            self._show_pending()

    def show_progress(self, progress: Progress) -> None:
        """How far the evaluation is."""
        self._progress = progress
        if not self.has_result:
            self.redraw()

    def show_evaluation(self, subject: Subject, evaluation: Evaluation | Regression) -> None:
        """The result for `subject`."""
        self._subject, self._pending, self._refusal = subject, None, ""
        self._evaluation = evaluation if isinstance(evaluation, Evaluation) else None
        self._regression = evaluation if isinstance(evaluation, Regression) else None
        self._recorded = subject.recorded if evaluation.split == "test" and subject.data is None else None
        self._show_title(subject)
        if self._evaluation is not None:
            self.query_one(ConfusionMatrix).show_evaluation(self._evaluation)
        self.redraw()

    def show_refusal(self, subject: Subject, message: str) -> None:
        """Why `subject` cannot be evaluated, in one line for people."""
        self._subject, self._pending, self._evaluation, self._regression = subject, None, None, None
        self._refusal = safe_text(message, 300)
        self._show_title(subject)
        self.redraw()

    def on_confusion_matrix_cell_chosen(self, message: ConfusionMatrix.CellChosen) -> None:
        """Say in words what the cell under the cursor counts, and whose examples there are to see."""
        message.stop()
        if self._evaluation is None:
            return
        if self.query_one(ConfusionMatrix).display:
            self.show_figures(describe_cell(self._evaluation, message.true, message.predicted))
        # The gallery is the screen's to route to; it begins at this cell also where the matrix has no room, or none yet.
        self.post_message(self.CellShown(message.true, message.predicted))

    def on_resize(self, event: Resize) -> None:
        """Let the parts have the room that there is."""
        self.redraw()

    def redraw(self) -> None:
        """Draw again, as after a change of theme or size."""
        has_evaluation = self._evaluation is not None and not self._refusal
        has_regression = self._regression is not None and not self._refusal
        self.set_class(has_evaluation or has_regression, "-result")
        self.set_class(has_regression, "-regression")
        if has_evaluation:
            self._draw_result()
        elif has_regression:
            self._draw_regression()
        else:
            self.show_figures("")
            self.query_one("#evaluation-words", Static).update(self._words())

    def _show_pending(self) -> None:
        if self._pending is not None:
            self._evaluation, self._regression, self._refusal = None, None, ""
            self._show_title(self._pending)
            self.redraw()

    def _show_title(self, subject: Subject) -> None:
        palette = tokens(self)
        # No colour of its own: the name follows the border's title, lit while the focus is here.
        parts: list[str | tuple[str, str]] = [shorten_middle(subject.name, MAX_NAME)]
        parts.append((f" {subject.label}" if subject.label else "", palette["dim"]))
        parts.append((" ★", palette["best"]) if subject.is_best else "")
        parts.append((f"  on {short_source(subject.data)}" if subject.data else "", palette["dim"]))
        self.show_title(Content.assemble(*parts))

    def _words(self) -> Text:
        palette = tokens(self)
        if self._refusal:
            return Text.assemble(("! ", f"bold {palette['fail']}"), (self._refusal, palette["text"]))
        if self._pending is not None:
            return _format_progress(self._progress, palette)
        return Text.assemble(
            ("accuracy with its interval and the\nconfusion matrix appear here: ", palette["dim"]),
            ("enter", f"bold {palette['train']}"),
        )

    def _draw_regression(self) -> None:
        assert self._regression is not None
        self.query_one(ConfusionMatrix).display = False
        self.query_one("#shade-legend").display = False
        self.query_one("#evaluation-figures", Static).update(
            format_regression(self._regression, self.content_size.width, tokens(self))
        )
        self.show_figures(_describe_facts(self._regression))

    def _draw_result(self) -> None:
        evaluation, palette, size = self._evaluation, tokens(self), self.content_size
        assert evaluation is not None
        matrix, num_classes = self.query_one(ConfusionMatrix), len(evaluation.classes)
        has_matrix = num_classes <= MAX_MATRIX_CLASSES and matrix_width(num_classes) <= size.width
        if has_matrix and not matrix.display:
            self.post_message(self.MatrixFitted())
        matrix.display = has_matrix
        rows_left = size.height - FIXED_ROWS - 1 - num_classes - 2
        self.query_one("#evaluation-figures", Static).update(_format_figures(evaluation, self._recorded, size.width, palette))
        pairs = self.query_one("#confused-pairs", Static)
        legend = self.query_one("#shade-legend", Static)
        legend.display = has_matrix and rows_left >= 2 and bool(evaluation.confused_pairs)
        legend.update(format_legend(evaluation, palette))
        pairs.set_class(has_matrix, "-below-matrix")
        if has_matrix:
            pairs.update(format_most_confused(evaluation, size.width, palette))
            self.show_figures(describe_cell(evaluation, *matrix.cell))
        else:
            pairs.update(format_pair_table(evaluation, size.width, size.height - FIXED_ROWS, palette))
            self.show_figures(f"{len(evaluation.confused_pairs):,} pairs confused")


def _format_progress(progress: Progress | None, palette: Tokens) -> Text:
    if progress is None:
        return Text("waiting for the engine", palette["dim"])
    if not progress.total:
        return Text(safe_text(progress.what, 60), palette["dim"])
    num_done = min(BAR_COLUMNS, BAR_COLUMNS * progress.done // progress.total)
    return Text.assemble(
        ("━" * num_done, palette["ok"]),
        ("━" * (BAR_COLUMNS - num_done), palette["line"]),
        (f"\n{progress.done:,} of {progress.total:,} ", palette["text"]),
        (safe_text(progress.what, 30), palette["dim"]),
    )


def _format_figures(evaluation: Evaluation, recorded: float | None, width: int, palette: Tokens) -> Text:
    """Two rows; the last figures of a row are left out where they do not fit."""
    low, high = evaluation.interval
    first = [
        (f"{evaluation.split} ", f"{evaluation.accuracy:.4f}", "bold"),
        ("95 % ", f"{low:.4f} – {high:.4f}", ""),
        ("of ", f"{evaluation.num_examples:,}", ""),
        ("baseline ", f"{evaluation.baseline:.4f}", ""),
    ]
    second = [
        ("loss ", format_loss(evaluation.loss), "bold"),
        ("wrong ", f"{evaluation.num_wrong:,}", ""),
        *([("ECE ", f"{evaluation.calibration.ece:.4f}", "")] if evaluation.calibration else []),
        *([("top-2 ", f"{evaluation.top2:.4f}", "")] if evaluation.top2 is not None else []),
        *([("cached", "", "")] if evaluation.facts.is_cached else []),
    ]
    rows = Text("\n").join([_format_row(first, width, palette), _format_row(second, width, palette)])
    if recorded is not None:
        is_same = f"{recorded:.9f}" == f"{evaluation.accuracy:.9f}"
        mark, words = ("   ✓ ", "as recorded") if is_same else ("   ! ", f"recorded {recorded:.4f}")
        if len(rows.plain.rpartition("\n")[2] + mark + words) <= width:
            rows.append(mark, palette["ok"] if is_same else palette["fail"])
            rows.append(words, palette["dim"])
    rows.no_wrap, rows.overflow = True, "crop"
    return rows


def _format_row(figures: list[tuple[str, str, str]], width: int, palette: Tokens) -> Text:
    row = Text()
    for index, (label, value, weight) in enumerate(figures):
        gap = "" if index == 0 else "  " if index == 1 else "   "
        if row.cell_len + len(gap + label + value) > width:
            break
        row.append(gap + label, palette["dim"])
        row.append(value, f"{weight} {palette['text']}".strip())
    return row


def _describe_facts(evaluation: Evaluation | Regression) -> str:
    """What is said at the pane's foot where no cell is chosen."""
    words = [*(["cached"] if evaluation.facts.is_cached else []), *evaluation.facts.assumptions]
    return " · ".join(words)
