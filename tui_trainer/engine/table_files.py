"""A table in a text file (CSV): names in the first row, one row an example, separated by comma, semicolon, tab or bar.

Read in pieces, each piece turned into numbers or indices of categories at once, so memory holds eight bytes a cell. Every
fault is a DataError with row and column; row 1 is the header. Cells that pandas.read_csv takes for empty are empty, and `?`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tui_trainer.engine.table import MAX_COLUMNS, Column, Table, check_ignored
from tui_trainer.engine.table_columns import ColumnReader, is_number
from tui_trainer.engine.text_lines import open_regular, read_lines
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.table_peek import guess_delimiter

PIECE_CELLS = 200_000
"""Cells that are held as text at a time."""

Row = list[str]


def read_csv_table(path: Path, ignore: frozenset[str] = frozenset()) -> Table:
    """The table in the file at `path`, without the columns `ignore`, which are not looked at."""
    with open_regular(path) as file:
        where = safe_text(path, 120)
        lines = read_lines(file, where)
        header = next(lines, "")
        delimiter = guess_delimiter(header)
        rows = _read_rows(_chain(header, lines), delimiter, where)
        names = _check_names(next(rows, []), where)
        columns = _read_columns(rows, names, ignore, where)
    return Table(f"csv:{path}", columns)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _read_rows(lines: Iterator[str], delimiter: str, where: str) -> Iterator[Row]:
    """Rows of cells, empty lines left out."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    number = 0
    try:
        for row in reader:
            number += 1
            if row:
                yield row
    except csv.Error as error:
        raise DataError(f"{where}: row {number + 1:,} {_explain(str(error))}") from None


def _explain(reason: str) -> str:
    if "field limit" in reason:
        return "has a cell of more than 131,072 characters; is a quote not closed?"
    if "unexpected end" in reason:
        return "opens a quote that is never closed; close it"
    if "expected after" in reason:
        return "has text after a closing quote; double the quotes inside a cell"
    return f"is no row of a table ({safe_text(reason, 60)}); correct it"


def _check_names(names: Row, where: str) -> Row:
    if not any(name.strip() for name in names):
        raise DataError(f"{where} is empty; give a table with the columns' names in its first row")
    if len(names) > MAX_COLUMNS:
        raise DataError(f"{where} has {len(names):,} columns, at most {MAX_COLUMNS:,} are read; convert it to npy:DIR")
    if sum(map(is_number, names)) * 2 > len(names):
        first = safe_text(next(filter(is_number, names)), 20)
        raise DataError(f"{where}: row 1 holds numbers ({first}), not names; write the columns' names above it")
    for index, name in enumerate(names):
        if not name.strip():
            raise DataError(f"{where}: column {index + 1:,} has no name; name it, or leave it out (to_csv(index=False))")
    if len(set(names)) < len(names):
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise DataError(f'{where}: two columns are called "{safe_text(twice, 40)}"; rename one')
    if len(names) < 2:
        raise DataError(f"{where} has one column; a target and at least one other are needed, separated by , ; tab or |")
    return names


def _read_columns(rows: Iterator[Row], names: Row, ignore: frozenset[str], where: str) -> tuple[Column, ...]:
    check_ignored(ignore, names, where)
    readers = [None if name in ignore else ColumnReader(name, where) for name in names]
    piece_rows = max(1, PIECE_CELLS // len(names))
    first_row = 2
    while piece := list(islice(rows, piece_rows)):
        _check_widths(piece, len(names), first_row, where)
        for reader, cells in zip(readers, _transpose(piece), strict=True):
            if reader is not None:
                reader.take(cells)
        first_row += len(piece)
    if first_row == 2:
        raise DataError(f"{where} has a header and no rows; give at least one example to train on and one to test on")
    return tuple(reader.column() for reader in readers if reader is not None)


def _transpose(piece: list[Row]) -> Iterable[tuple[str, ...]]:
    return zip(*piece, strict=True)


def _check_widths(piece: list[Row], width: int, first_row: int, where: str) -> None:
    wrong = next((index for index, row in enumerate(piece) if len(row) != width), None)
    if wrong is not None:
        raise DataError(f"{where}: row {first_row + wrong:,} has {len(piece[wrong]):,} cells, the header {width:,}; correct it")
