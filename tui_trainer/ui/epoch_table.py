"""EpochTable: one row an epoch, the newest on top, the best one with a star."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.widgets import DataTable

from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.run_history import EpochRecord
from tui_trainer.ui.theme import Tokens, tokens

MAX_ROWS = 500
"""Older epochs are left away: they stay in the log and in the curves."""
SAVED_MIN_COLUMNS = 66
"""A table at least this wide has room for what each epoch's checkpoint takes."""
_PADDING = 1


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    width: int


_COLUMNS = (
    _Column("train loss", 10),
    _Column("train acc", 9),
    _Column("test acc", 8),
    _Column("lr", 7),
    _Column("s", 4),
)
_SAVED = _Column("saved", 9)
_NUMBER_COLUMNS = 4
_STAR = " ★"
_Row = tuple[EpochRecord, bool, int | None]
"""An epoch, whether it is the best, and the bytes of its checkpoint."""


class EpochTable(DataTable[Text]):
    """The cursor stays on its epoch while rows are added, and on the newest where it is there."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", cell_padding=_PADDING, cursor_foreground_priority="renderable")
        self._shown: dict[int, _Row] = {}
        self._shown_columns: tuple[_Column, ...] = ()
        self._theme = ""

    def show(self, epochs: Sequence[EpochRecord], best: EpochRecord | None, saved_bytes: Mapping[int, int], width: int) -> None:
        """Show these epochs, ascending, in `width` columns; `saved_bytes` is what an epoch's checkpoint takes, by epoch."""
        columns = _choose_columns(epochs, width)
        # A figure that is not shown is no reason to draw again.
        saved = saved_bytes if _SAVED in columns else {}
        wanted = {epoch.epoch: (epoch, epoch == best, saved.get(epoch.epoch)) for epoch in epochs[-MAX_ROWS:]}
        is_other = columns != self._shown_columns or self._theme != self.app.theme or not set(self._shown) & set(wanted)
        if is_other and (wanted or self._shown):
            self._begin_anew(columns)
        if wanted != self._shown:
            self._bring_to(wanted)

    def _begin_anew(self, columns: tuple[_Column, ...]) -> None:
        self._shown_columns, self._theme, self._shown = columns, self.app.theme, {}
        self.clear(columns=True)
        for column in columns:
            self.add_column(_head(column, tokens(self)), width=column.width, key=column.name)

    def _bring_to(self, wanted: dict[int, _Row]) -> None:
        for number in set(self._shown) - set(wanted):
            self.remove_row(str(number))
        for number in set(self._shown) & set(wanted):
            if wanted[number] != self._shown[number]:
                for column, cell in zip(self._shown_columns, self._cells(*wanted[number]), strict=True):
                    self.update_cell(str(number), column.name, cell)
        added = sorted(set(wanted) - set(self._shown), reverse=True)
        is_growing, row = bool(self._shown), self.cursor_row
        for number in added:
            self.add_row(*self._cells(*wanted[number]), key=str(number))
        self._shown = wanted
        if added and is_growing:
            self.sort("#", key=_number_in, reverse=True)
            self.move_cursor(row=row + len(added) if row > 0 else 0, scroll=row > 0)

    def _cells(self, epoch: EpochRecord, is_best: bool, num_bytes: int | None) -> list[Text]:
        colours = tokens(self)
        dim = colours["dim"]
        number = Text.assemble((f"{epoch.epoch:,}", colours["text"]), (_STAR, colours["best"]) if is_best else " " * len(_STAR))
        cells = [
            number,
            _figure(epoch.train_loss, dim),
            _figure(epoch.train_acc, colours["train"]),
            _figure(epoch.test_acc, colours["test"]),
            Text("–" if epoch.lr is None else format_rate(epoch.lr), dim),
            Text("–" if epoch.epoch_s is None else format_seconds(epoch.epoch_s), dim),
            Text("" if num_bytes is None else format_bytes(num_bytes), dim),
        ]
        return [_right(cell, column.width) for cell, column in zip(cells, self._shown_columns, strict=False)]


def _choose_columns(epochs: Sequence[EpochRecord], width: int) -> tuple[_Column, ...]:
    digits = len(f"{epochs[-1].epoch:,}") if epochs else 0
    number = _Column("#", max(_NUMBER_COLUMNS, digits + len(_STAR)))
    return (number, *_COLUMNS, _SAVED) if width >= SAVED_MIN_COLUMNS else (number, *_COLUMNS)


def format_rate(rate: float) -> str:
    """A learning rate with four significant digits, or as many as fit into seven characters: 0.5000, 0.00100, 9.94e-4."""
    for digits in (4, 3, 2):
        text = f"{rate:#.{digits}g}".replace("e-0", "e-").replace("e+0", "e+")
        if len(text) <= 7:
            return text
    return f"{rate:.0e}"[:7]


def format_seconds(seconds: float) -> str:
    """Seconds in four characters: 0.03, 0.7, 12.3, 1234."""
    return f"{seconds:.2f}" if seconds < 0.1 else f"{seconds:.1f}" if seconds < 99.95 else f"{seconds:.0f}"


def _figure(value: float | None, style: str) -> Text:
    return Text("–" if value is None else f"{value:.4f}", style)


def _number_in(cell: Text) -> int:
    return int(cell.plain.split()[0].replace(",", ""))


def _head(column: _Column, colours: Tokens) -> Text:
    return _right(Text(column.name + (" " * len(_STAR) if column.name == "#" else ""), colours["dim"]), column.width)


def _right(text: Text, width: int) -> Text:
    """Padded by hand: rich strips the blanks at the end of a right-justified cell, and the star's place with them."""
    text.no_wrap = True
    text.pad_left(max(0, width - text.cell_len))
    return text
