"""ConfusionMatrix: true classes by rows, predicted ones by columns, a shade for each cell and a cursor on one of them.

The cursor starts on the most frequent mistake; arrows move it once the matrix has the focus. It posts `CellChosen` when it
moves, and draws only: an Evaluation goes in by `show_evaluation`. How much fits is told by `matrix_width`.
"""

from __future__ import annotations

from rich.text import Text
from textual.binding import Binding
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from tui_trainer.ui.evaluation import Evaluation
from tui_trainer.ui.shading import diagonal_shade, heat_shade, readable_on
from tui_trainer.ui.theme import Tokens, tokens

LABEL_WIDTH, CELL_WIDTH, RECALL_WIDTH, PRECISION_WIDTH = 4, 5, 8, 11
MAX_MATRIX_CLASSES = 11


def matrix_width(num_classes: int, *, has_recall: bool = False, has_precision: bool = False) -> int:
    """Columns of a matrix of `num_classes`: 62 for ten with recall, 73 with precision too."""
    return LABEL_WIDTH + CELL_WIDTH * num_classes + RECALL_WIDTH * has_recall + PRECISION_WIDTH * has_precision


def format_count(count: int) -> str:
    """A count in at most four columns: 9999, then 12k, then 3M."""
    if count < 10_000:
        return str(count)
    return f"{count // 1000}k" if count < 1_000_000 else f"{count // 1_000_000}M"


class ConfusionMatrix(Widget, can_focus=True):
    """One row a class under a row of names; recall and precision at the right where there is room."""

    BINDINGS = [  # noqa: RUF012
        Binding("up", "move_cell(-1, 0)", "Cell", tooltip="Go to another cell; the line below says what it counts"),
        Binding("down", "move_cell(1, 0)", "Cell", show=False),
        Binding("left", "move_cell(0, -1)", "Cell", show=False),
        Binding("right", "move_cell(0, 1)", "Cell", show=False),
        Binding("N", "normalise", "Normalise", tooltip="Count, or per cent of the row"),
    ]

    class CellChosen(Message):
        """The cursor is on examples of class `true` read as `predicted` (indices)."""

        def __init__(self, true: int, predicted: int) -> None:
            super().__init__()
            self.true = true
            self.predicted = predicted

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._evaluation: Evaluation | None = None
        self._cell = (0, 0)
        self._is_normalised = False

    @property
    def cell(self) -> tuple[int, int]:
        """Row and column under the cursor."""
        return self._cell

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Draw another evaluation; the cursor goes to its most frequent mistake."""
        self._evaluation = evaluation
        worst = evaluation.confused_pairs[:1]
        self._go_to(*((worst[0].true, worst[0].predicted) if worst else (0, 0)))
        self.refresh(layout=True)

    def action_move_cell(self, down: int, right: int) -> None:
        """Move the cursor, not beyond the edge."""
        if self._evaluation is not None:
            last = len(self._evaluation.classes) - 1
            row, column = self._cell
            self._go_to(min(last, max(0, row + down)), min(last, max(0, column + right)))

    def action_normalise(self) -> None:
        """Counts, or per cent of the examples of the row."""
        self._is_normalised = not self._is_normalised
        self.refresh()

    def on_click(self, event: Click) -> None:
        """Put the cursor under the pointer."""
        row, column = event.y - 1, (event.x - LABEL_WIDTH) // CELL_WIDTH
        size = len(self._evaluation.classes) if self._evaluation else 0
        if 0 <= row < size and 0 <= column < size:
            self._go_to(row, column)

    def _go_to(self, row: int, column: int) -> None:
        self._cell = (row, column)
        self.post_message(self.CellChosen(row, column))
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A row for the names and one a class."""
        return 1 + len(self._evaluation.classes) if self._evaluation else 0

    def render(self) -> Text:
        """All rows."""
        if self._evaluation is None:
            return Text("")
        return format_matrix(
            self._evaluation, self._cell, self.content_size.width, tokens(self), is_normalised=self._is_normalised
        )


def format_matrix(
    evaluation: Evaluation, cell: tuple[int, int], width: int, palette: Tokens, *, is_normalised: bool = False
) -> Text:
    """The matrix with its cursor at `cell`; recall and precision only where `width` has room for them."""
    size = len(evaluation.classes)
    has_recall = matrix_width(size, has_recall=True) <= width
    has_precision = matrix_width(size, has_recall=True, has_precision=True) <= width
    matrix = Text(no_wrap=True, overflow="crop")
    matrix.append("%   " if is_normalised else "true", palette["faint"])
    for index, metrics in enumerate(evaluation.classes):
        matrix.append(f"{metrics.name[:4]:>4} ", _label_style(index == cell[1], palette))
    matrix.append(f"{'recall':>{RECALL_WIDTH}}" * has_recall, palette["dim"])
    matrix.append(f"{'precision':>{PRECISION_WIDTH}}" * has_precision, palette["dim"])
    for index, metrics in enumerate(evaluation.classes):
        matrix.append("\n")
        matrix.append(f"{metrics.name[:3]:>3} ", _label_style(index == cell[0], palette))
        for predicted in range(size):
            number = format_cell_number(evaluation, index, predicted, is_normalised=is_normalised)
            is_chosen = (index, predicted) == cell
            matrix.append(*_format_cell(evaluation, index, predicted, number, palette, is_chosen=is_chosen))
        matrix.append(f"{metrics.recall:>{RECALL_WIDTH}.3f}" * has_recall, palette["text"])
        matrix.append(f"{metrics.precision:>{PRECISION_WIDTH}.3f}" * has_precision, palette["text"])
    return matrix


def _label_style(is_chosen: bool, palette: Tokens) -> str:
    return f"bold {palette['text']}" if is_chosen else palette["dim"]


def format_cell_number(evaluation: Evaluation, true: int, predicted: int, *, is_normalised: bool) -> str:
    """A cell's count, or its per cent of the row, in at most four columns; a dot for none."""
    count = evaluation.confusion[true][predicted]
    if not count:
        return "·"
    if not is_normalised:
        return format_count(count)
    share = 100 * count / sum(evaluation.confusion[true])
    return "100" if share >= 99.95 else "0.0+" if share < 0.05 else f"{share:.1f}"


def _format_cell(
    evaluation: Evaluation, true: int, predicted: int, number: str, palette: Tokens, *, is_chosen: bool
) -> tuple[str, str]:
    """Text of exactly CELL_WIDTH columns, and its style."""
    count = evaluation.confusion[true][predicted]
    if is_chosen:
        text = f"▸{number}" if len(number) == 4 else f"▸{number:>3} "
        return text, f"bold {palette['bg']} on {palette['text']}"
    if not count:
        return f"{number:>4} ", palette["faint"]
    if true == predicted:
        shade = diagonal_shade(evaluation.classes[true].recall, palette)
    else:
        share = count / sum(evaluation.confusion[true])
        shade = heat_shade(share / evaluation.largest_share, palette)
    return f"{number:>4} ", f"{readable_on(shade, palette)} on {shade}"
