"""The cells of the epoch table: columns by the room there is, and one row of styled text for an epoch. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from tui_trainer.runs.loss_words import format_loss
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.run_history import EpochRecord
from tui_trainer.ui.theme import Tokens

SAVED_MIN_COLUMNS = 66
"""A table at least this wide has room for what each epoch's checkpoint takes."""
_STAR = " ★"
_GAP = 2
_RATE_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name over its right-aligned figures, and its width."""

    name: str
    width: int


@dataclass(frozen=True, slots=True)
class EpochRow:
    """An epoch as the table shows it; `num_bytes` is what its checkpoint takes, None where it has none."""

    record: EpochRecord
    is_best: bool
    num_bytes: int | None


_COLUMNS = (
    Column("train loss", 10),
    Column("train acc", 9),
    Column("test acc", 8),
    Column("lr", _RATE_COLUMNS),
    Column("s", 4),
)
_SAVED = Column("saved", 9)


def choose_columns(width: int, last_epoch: int) -> tuple[Column, ...]:
    """The columns that fit into `width`; the first is wide enough for `last_epoch` and a star."""
    number = Column("#", max(2, len(f"{last_epoch:,}")) + len(_STAR))
    return (number, *_COLUMNS, _SAVED) if width >= SAVED_MIN_COLUMNS else (number, *_COLUMNS)


def head_row(columns: tuple[Column, ...], colours: Tokens) -> Text:
    """The columns' names."""
    names = [Text(column.name + (" " * len(_STAR) if column.name == "#" else "")) for column in columns]
    return _join(names, columns, colours["dim"])


def epoch_row(row: EpochRow, columns: tuple[Column, ...], colours: Tokens) -> Text:
    """One epoch's figures."""
    dim, epoch = colours["dim"], row.record
    star = (_STAR, colours["best"]) if row.is_best else (" " * len(_STAR), dim)
    cells = [
        Text.assemble((f"{epoch.epoch:,}", colours["text"]), star),
        _figure(epoch.train_loss, dim),
        _figure(epoch.train_acc, colours["train"]),
        _figure(epoch.test_acc, colours["test"]),
        Text("–" if epoch.lr is None else format_rate(epoch.lr)),
        Text("–" if epoch.epoch_s is None else format_seconds(epoch.epoch_s)),
        Text("" if row.num_bytes is None else format_bytes(row.num_bytes)),
    ]
    return _join(cells[: len(columns)], columns, dim)


def format_rate(rate: float) -> str:
    """A learning rate with four significant digits, or as many as fit into seven characters: 0.5000, 0.00100, 9.94e-4."""
    for digits in (4, 3, 2):
        for text in (f"{rate:#.{digits}g}", f"{rate:.{digits - 1}e}"):
            short = text.replace("e-0", "e-").replace("e+0", "e+")
            if len(short) <= _RATE_COLUMNS:
                return short
    return f"{rate:.0e}"


def format_seconds(seconds: float) -> str:
    """Seconds in four characters: 0.03, 0.7, 12.3, 1234."""
    return f"{seconds:.2f}" if seconds < 0.1 else f"{seconds:.1f}" if seconds < 99.95 else f"{seconds:.0f}"


def _figure(value: float | None, style: str) -> Text:
    return Text.assemble(("–" if value is None else format_loss(value), style))


def _join(cells: list[Text], columns: tuple[Column, ...], style: str) -> Text:
    """The cells right-aligned in their columns; what has no style of its own gets `style`, as a span: rich loses any other."""
    row = Text(" ", no_wrap=True)
    for index, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        row.append(" " * (column.width - cell.cell_len + (_GAP if index else 0)))
        row.append_text(cell)
    row.stylize_before(style)
    return row
