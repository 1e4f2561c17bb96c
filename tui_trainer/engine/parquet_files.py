"""A table in a Parquet file, read by row groups with pyarrow, the extra `parquet`: memory holds eight bytes a cell.

A table that does not fit is read column by column by `parquet_spool`.

Columns of numbers are numbers; texts, booleans, dates and the rest are categories by their text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.table import MAX_COLUMNS, Column, Table, check_ignored
from tui_trainer.engine.table_columns import ColumnReader
from tui_trainer.engine.text_lines import open_regular
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.memory_budget import format_bytes, free_bytes
from tui_trainer.runs.safe_text import safe_text


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """An open file: its columns by name, each read when it is asked for."""

    names: tuple[str, ...]
    """Without the ignored ones, in the file's order."""
    num_rows: int
    where: str
    """The file's path, as it is shown to people."""
    _pyarrow: Any
    _parquet: Any

    def read(self, name: str) -> Column:
        """One column, read row group by row group; DataError where it cannot be used."""
        return _read_column(self._pyarrow, self._parquet, name, self.where)

    @property
    def num_bytes(self) -> int:
        """What the whole table takes in memory, eight bytes a cell."""
        return self.num_rows * len(self.names) * 8


@contextmanager
def open_parquet(path: Path, ignore: frozenset[str], *, must_fit: bool = False) -> Iterator[ParquetTable]:
    """The file at `path` without the columns `ignore`; DataError where it cannot be read, now or later.

    `must_fit`: a file that is larger than the free memory is refused.
    """
    try:
        # By name, because it has no types to check and may not be there.
        pyarrow, parquet_module = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise DataError(
            "parquet files are read with pyarrow, which is not installed; run pip install 'mlp-tui[parquet]', or save it as CSV"
        ) from None
    where = safe_text(path, 120)
    with open_regular(path, must_fit=must_fit) as file:
        try:
            parquet = parquet_module.ParquetFile(file)
            names = _check_shape(parquet, ignore, where)
            yield ParquetTable(tuple(names), int(parquet.metadata.num_rows), where, pyarrow, parquet)
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise DataError(f"{where} is no sound Parquet file ({safe_text(error, 80)}); write it anew") from None


def read_parquet_table(path: Path, ignore: frozenset[str]) -> Table:
    """The table in the file at `path` without the columns `ignore`; DataError where it cannot be read."""
    with open_parquet(path, ignore, must_fit=True) as opened:
        if exceeds_memory(opened):
            size = (
                f"{opened.num_rows:,} rows of {len(opened.names):,} columns, too much for {format_bytes(free_bytes())} of free"
            )
            raise DataError(f"{opened.where} has {size} memory; take data.residence=stream")
        columns = tuple(opened.read(name) for name in opened.names)
    return Table(f"parquet:{path}", columns, is_unseen=True)


def exceeds_memory(opened: ParquetTable) -> bool:
    """Whether the table is better not held in memory whole: more than a quarter of what is free."""
    return opened.num_bytes > free_bytes() // 4


def _check_shape(parquet: Any, ignore: frozenset[str], where: str) -> list[str]:
    names = [str(name) for name in parquet.schema_arrow.names]
    check_ignored(ignore, names, where)
    kept = [name for name in names if name not in ignore]
    if len(kept) > MAX_COLUMNS or len(set(names)) < len(names):
        reason = "a name twice" if len(set(names)) < len(names) else f"{len(kept):,} columns, at most {MAX_COLUMNS:,} are read"
        raise DataError(f"{where} has {reason}; leave some out")
    num_rows = int(parquet.metadata.num_rows)
    if not num_rows or len(kept) < 2:
        raise DataError(f"{where} has {num_rows:,} rows of {len(kept):,} columns; a target and at least one other are needed")
    return kept


def _read_column(pyarrow: Any, parquet: Any, name: str, where: str) -> Column:
    kind = parquet.schema_arrow.field(name).type
    groups = (parquet.read_row_group(index, columns=[name]).column(0) for index in range(parquet.num_row_groups))
    is_number = pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind) or pyarrow.types.is_decimal(kind)
    if is_number:
        return _numbers(name, np.concatenate([_to_floats(pyarrow, group) for group in groups]), where)
    reader = ColumnReader(name, where, is_category=True)
    for group in groups:
        reader.take(["" if text is None else text for text in group.cast(pyarrow.string()).to_pylist()])
    return reader.column()


def _to_floats(pyarrow: Any, group: Any) -> NDArray[np.float64]:
    return np.asarray(group.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _numbers(name: str, values: NDArray[np.float64], where: str) -> Column:
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        at = f'row {infinite[0] + 2:,}, column "{safe_text(name, 40)}" is infinite ({len(infinite):,} such cells)'
        raise DataError(f"{where}: {at}; correct or drop those rows")
    return Column(name, values)
