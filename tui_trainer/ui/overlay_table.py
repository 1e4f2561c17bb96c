"""The table under overlaid curves: a column for each run, figures above the settings that differ. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tui_trainer.runs.run_comparison import NO_VALUE, ComparedRow
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.overlaid_run import OverlaidRun
from tui_trainer.ui.quantities import shorten_middle
from tui_trainer.ui.theme import Tokens

GAP = 2
MAX_LABEL = 26
MAX_COLUMN = 24
_MARK_COLUMNS = 2
"""Letter and marker before a name; star and blank before a value."""


def format_overlay_table(
    rows: Sequence[ComparedRow], runs: Sequence[OverlaidRun], width: int, height: int, first: int, colours: Tokens
) -> Text:
    """Names over the rows from `first` on that fit `height`, in `width` columns; what is too long is shortened."""
    label_width = min(MAX_LABEL, max((len(row.label) for row in rows), default=0), max(8, width // 3))
    room = (width - label_width) // max(1, len(runs)) - GAP
    column = max(6, min(MAX_COLUMN, room))
    lines = [_format_head(runs, label_width, column, colours)]
    shown = rows[first : first + max(0, height - 1)]
    lines += [_format_row(row, runs, label_width, column, colours) for row in shown]
    table = Text("\n").join(lines)
    table.no_wrap, table.overflow = True, "crop"
    return table


def _format_head(runs: Sequence[OverlaidRun], label_width: int, column: int, colours: Tokens) -> Text:
    line = Text(" " * label_width)
    for run in runs:
        style = f"{'bold ' if run.is_pinned else ''}{colours[run.token]}"
        name = shorten_middle(safe_text(run.compared.name, 100), column - 2 * _MARK_COLUMNS)
        line.append(" " * GAP).append(f"{run.letter} {run.marker} {name:<{column - 2 * _MARK_COLUMNS}}", style)
    return line


def _format_row(row: ComparedRow, runs: Sequence[OverlaidRun], label_width: int, column: int, colours: Tokens) -> Text:
    label = shorten_middle(row.label, label_width)
    line = Text(f"{label:<{label_width}}", colours["alt" if row.is_key else "dim"])
    for run, value in zip(runs, row.values, strict=True):
        is_best = row.best == run.place
        style = colours["faint"] if value == NO_VALUE else f"{'bold ' if run.is_pinned or is_best else ''}{colours['text']}"
        line.append(" " * GAP).append("★ " if is_best else "  ", colours["best"])
        room = column - _MARK_COLUMNS
        words = shorten_middle(value if row.is_key else _without_epoch(value, room), room)
        line.append(f"{words:<{room}}", style)
    return line


def _without_epoch(figure: str, room: int) -> str:
    """`0.9828 at 20`, and where that has no room the figure alone: a cut one says nothing."""
    return figure if len(figure) <= room else figure.partition(" at ")[0]
