"""The figures of a regression's evaluation: its errors in the target's own unit, beside those of always saying the mean.

Pure functions from a Regression to rich text.
"""

from __future__ import annotations

from rich.text import Text

from tui_trainer.runs.loss_words import format_loss
from tui_trainer.ui.evaluation import Regression
from tui_trainer.ui.share_bars import format_share_bar
from tui_trainer.ui.theme import Tokens

MAX_BAR = 40
LABEL_WIDTH = 22


def format_regression(regression: Regression, width: int, palette: Tokens) -> Text:
    """R² and errors as lines, each error as a bar over that of the training mean."""
    head = Text.assemble(
        (f"{regression.split} R² ", palette["dim"]),
        (_figure(regression.r2, ".4f"), f"bold {palette['text']}"),
        ("   of ", palette["dim"]),
        (f"{regression.num_examples:,} rows", palette["text"]),
        ("   loss ", palette["dim"]),
        (format_loss(regression.loss), palette["text"]),
    )
    lines = [head, Text()]
    errors = (
        ("mean absolute error", regression.mae, regression.baseline_mae),
        ("root mean square", regression.rmse, regression.baseline_rmse),
    )
    for name, error, baseline in errors:
        if error is not None:
            lines += _format_error(name, error, baseline, width, palette)
    lines.append(Text(_in_words(regression), palette["dim"]))
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    figures = Text("\n").join(lines)
    figures.no_wrap, figures.overflow = True, "crop"
    return figures


def _format_error(name: str, error: float, baseline: float | None, width: int, palette: Tokens) -> list[Text]:
    longest = max(error, baseline or 0.0) or 1.0
    bar_width = max(4, min(MAX_BAR, width - LABEL_WIDTH - 12))
    rows = [(name, error, "test")]
    if baseline is not None:
        rows.append(("always the mean", baseline, "faint"))
    lines = []
    for label, value, colour in rows:
        line = Text(f"{label:<{LABEL_WIDTH}}", palette["dim"])
        line.append(format_share_bar(value / longest, bar_width), palette[colour])
        lines.append(line.append(f"{value:>11.4g}", palette["text"]))
    return [*lines, Text()]


def _in_words(regression: Regression) -> str:
    if regression.r2 is None:
        return "R² is not defined: the target does not vary"
    if regression.r2 <= 0:
        return "no better than always saying the mean"
    return f"explains {100 * regression.r2:.1f} % of the target's variance"


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
