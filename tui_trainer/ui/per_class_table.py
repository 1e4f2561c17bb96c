"""PerClassTable: precision, recall, f1 and support of each class, and how many of it were missed, as figure and bar."""

from __future__ import annotations

from rich.text import Text
from textual.events import Resize
from textual.widgets import DataTable

from tui_trainer.ui.evaluation import ClassMetrics, Evaluation
from tui_trainer.ui.theme import Tokens, tokens

PADDING = 2
SCROLLBAR = 1
BAR_WIDTH = 9
WIDTHS = {"precision": 9, "recall": 6, "f1": 6, "support": 7, "missed": 6, "": BAR_WIDTH}
"""Columns after the name, the bar last; the bar gives way to names that are long."""
MIN_NAME_WIDTH, MAX_NAME_WIDTH = 3, 24
SUMMARY = "mean"


class PerClassTable(DataTable[Text]):
    """A row a class, then the mean; scrolls where there are more than fit."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="none", show_cursor=False, cell_padding=1)
        self._evaluation: Evaluation | None = None

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Draw another evaluation; None empties the table."""
        self._evaluation = evaluation
        self.redraw()

    def on_resize(self, event: Resize) -> None:
        """Give the names the room that is left."""
        self.redraw()

    def redraw(self) -> None:
        """Draw again, as after a change of theme or width."""
        self.clear(columns=True)
        if self._evaluation is None or not self.size.width:
            return
        palette, evaluation = tokens(self), self._evaluation
        name_width, names = _choose_columns(self.size.width - SCROLLBAR, evaluation)
        self.add_column(Text("class", palette["dim"]), width=name_width)
        for name in names:
            self.add_column(_figure(name, palette["dim"]), width=WIDTHS[name])
        most = max(metrics.missed for metrics in evaluation.classes)
        for metrics in evaluation.classes:
            self.add_row(*_class_cells(metrics, most, palette)[: 1 + len(names)])
        self.add_row(*_summary_cells(evaluation, palette)[: 1 + len(names)])


def _choose_columns(width: int, evaluation: Evaluation) -> tuple[int, list[str]]:
    """The width of the names, and the columns of WIDTHS that stand after them."""
    longest = max(len("class"), *(len(metrics.name) for metrics in evaluation.classes))
    names = list(WIDTHS)
    rest = width - PADDING - sum(WIDTHS[name] + PADDING for name in names)
    if longest > rest:
        names.remove("")
        rest += BAR_WIDTH + PADDING
    return max(MIN_NAME_WIDTH, min(MAX_NAME_WIDTH, rest, longest)), names


def format_bar(share: float, width: int = BAR_WIDTH) -> str:
    """A line of `share` (0 to 1) of `width` columns, in halves of a column; something above nothing is always seen."""
    halves = max(1, round(share * width * 2)) if share > 0 else 0
    return "━" * (halves // 2) + "╸" * (halves % 2)


def _class_cells(metrics: ClassMetrics, most: int, palette: Tokens) -> list[Text]:
    return [
        Text(metrics.name, f"bold {palette['text']}", no_wrap=True, overflow="ellipsis"),
        *(_figure(f"{share:.4f}", palette["text"]) for share in (metrics.precision, metrics.recall, metrics.f1)),
        _figure(f"{metrics.support:,}", palette["dim"]),
        _figure(f"{metrics.missed:,}", palette["test"] if metrics.missed else palette["dim"]),
        Text(format_bar(metrics.missed / most if most else 0.0), palette["test"]),
    ]


def _summary_cells(evaluation: Evaluation, palette: Tokens) -> list[Text]:
    classes = evaluation.classes
    means = [
        sum(shares) / max(1, len(classes)) for shares in zip(*((c.precision, c.recall, c.f1) for c in classes), strict=True)
    ]
    return [
        Text(SUMMARY, palette["dim"]),
        *(_figure(f"{mean:.4f}", palette["dim"]) for mean in means),
        _figure(f"{evaluation.num_examples:,}", palette["dim"]),
        _figure(f"{evaluation.num_wrong:,}", palette["dim"]),
        Text(""),
    ]


def _figure(text: str, style: str) -> Text:
    return Text(text, style, justify="right", no_wrap=True)
