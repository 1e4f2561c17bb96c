"""EvaluationPane: what one checkpoint gets right and wrong: accuracy with its interval, loss, and who is taken for whom.

It shows one of four things: words about what will be here, how far an evaluation is, why it was refused, or its result. The
screen says which; the pane asks nobody. Twelve classes and more, or too narrow a pane, show pairs instead of the matrix.
"""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from tui_trainer.runs.launcher import Progress
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.confused_pairs import describe_cell, format_legend, format_most_confused, format_pair_table
from tui_trainer.ui.confusion_matrix import MAX_MATRIX_CLASSES, ConfusionMatrix, matrix_width
from tui_trainer.ui.evaluation import Evaluation
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.quantities import shorten_middle
from tui_trainer.ui.run_table import Row
from tui_trainer.ui.theme import Tokens, tokens

TITLE = "evaluation"
BAR_COLUMNS = 30
PATIENCE_S = 0.2
"""A result stands this long before the progress of the next one takes its place, so that a quick one does not flicker."""
FIXED_ROWS = 3
"""Rows above the matrix: two of figures and one of air."""
MAX_NAME = 34


class EvaluationPane(Pane):
    """The evaluation of the checkpoint that its title names."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(title=TITLE, id=id)
        self._evaluation: Evaluation | None = None
        self._recorded: float | None = None
        self._row: Row | None = None
        self._pending: Row | None = None
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

    def begin(self, row: Row) -> None:
        """An evaluation of `row` was asked for."""
        self._pending, self._progress = row, None
        if self.has_result:
            self.set_timer(PATIENCE_S, self._show_pending)
        else:
            self._show_pending()

    def show_progress(self, progress: Progress) -> None:
        """How far the evaluation is."""
        self._progress = progress
        if not self.has_result:
            self.redraw()

    def show_evaluation(self, row: Row, evaluation: Evaluation) -> None:
        """The result for `row`."""
        self._row, self._pending, self._refusal, self._evaluation = row, None, "", evaluation
        self._recorded = row.chosen.test_acc if row.chosen and evaluation.split == "test" else None
        self._show_title(row)
        self.query_one(ConfusionMatrix).show_evaluation(evaluation)
        self.redraw()

    def show_refusal(self, row: Row, message: str) -> None:
        """Why `row` cannot be evaluated, in one line for people."""
        self._row, self._pending, self._evaluation = row, None, None
        self._refusal = safe_text(message, 300)
        self._show_title(row)
        self.redraw()

    def on_confusion_matrix_cell_chosen(self, message: ConfusionMatrix.CellChosen) -> None:
        """Say in words what the cell under the cursor counts."""
        message.stop()
        if self._evaluation is not None and self.query_one(ConfusionMatrix).display:
            self.show_figures(describe_cell(self._evaluation, message.true, message.predicted))

    def on_resize(self, event: Resize) -> None:
        """Let the parts have the room that there is."""
        self.redraw()

    def redraw(self) -> None:
        """Draw again, as after a change of theme or size."""
        is_result = self._evaluation is not None and not self._refusal
        self.set_class(is_result, "-result")
        if is_result:
            self._draw_result()
        else:
            self.show_figures("")
            self.query_one("#evaluation-words", Static).update(self._words())

    def _show_pending(self) -> None:
        if self._pending is not None:
            self._evaluation, self._refusal = None, ""
            self._show_title(self._pending)
            self.redraw()

    def _show_title(self, row: Row) -> None:
        palette = tokens(self)
        # No colour of its own: the name follows the border's title, lit while the focus is here.
        parts: list[str | tuple[str, str]] = [shorten_middle(row.entry.run.shown_name, MAX_NAME)]
        if row.chosen is not None:
            parts.append((f" {row.chosen.label}", palette["dim"]))
            parts.append((" ★", palette["best"]) if row.chosen.is_best else "")
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

    def _draw_result(self) -> None:
        evaluation, palette, size = self._evaluation, tokens(self), self.content_size
        assert evaluation is not None
        matrix, num_classes = self.query_one(ConfusionMatrix), len(evaluation.classes)
        has_matrix = num_classes <= MAX_MATRIX_CLASSES and matrix_width(num_classes) <= size.width
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


def checkpoint_name(row: Row) -> str:
    """What the row stands for: book-3f2a epoch 10."""
    name = shorten_middle(row.entry.run.shown_name, MAX_NAME)
    return f"{name} {row.chosen.label}" if row.chosen else name


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
        ("loss ", f"{evaluation.loss:.4f}", "bold"),
        ("wrong ", f"{evaluation.num_wrong:,}", ""),
        ("mean f1 ", f"{evaluation.macro_f1:.4f}", ""),
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
