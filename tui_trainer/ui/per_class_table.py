"""PerClassTable: precision, recall, f1 and support of each class, and how many of it were missed, as figure and bar."""

from __future__ import annotations

from rich.text import Text
from textual.events import Resize
from textual.widgets import DataTable

from tui_trainer.ui.evaluation import ClassMetrics, Evaluation
from tui_trainer.ui.theme import Tokens, tokens

PADDING = 2
SCROLLBAR = 1
BAR_WIDTH = 10
BLOCKS = " ▏▎▍▌▋▊▉█"
WIDTHS = {"precision": 9, "recall": 7, "f1": 7, "support": 7, "missed": 6, "": BAR_WIDTH}
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
        rest = self.size.width - SCROLLBAR - sum(width + PADDING for width in WIDTHS.values()) - PADDING
        longest = max(len(SUMMARY), len("class"), *(len(metrics.name) for metrics in evaluation.classes))
        self._add_columns(max(MIN_NAME_WIDTH, min(MAX_NAME_WIDTH, rest, longest)), palette)
        most = max((metrics.missed for metrics in evaluation.classes), default=0)
        for metrics in evaluation.classes:
            self.add_row(*_class_cells(metrics, most, palette))
        self.add_row(*_summary_cells(evaluation, palette))

    def _add_columns(self, name_width: int, palette: Tokens) -> None:
        self.add_column(Text("class", palette["dim"]), width=name_width)
        for name, width in WIDTHS.items():
            self.add_column(_figure(name, palette["dim"]), width=width)


def format_bar(share: float, width: int = BAR_WIDTH) -> str:
    """A bar of `share` (0 to 1) of `width` columns, in eighths of a column; something above nothing is always seen."""
    eighths = max(1, round(share * width * 8)) if share > 0 else 0
    return "█" * (eighths // 8) + BLOCKS[eighths % 8].strip()


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
