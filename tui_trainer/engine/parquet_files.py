"""A table in a Parquet file, read by row groups with pyarrow, the extra `parquet`: memory holds eight bytes a cell.

Columns of numbers are numbers; texts, booleans, dates and the rest are categories by their text.
"""

from __future__ import annotations

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


def read_parquet_table(path: Path, ignore: frozenset[str]) -> Table:
    """The table in the file at `path` without the columns `ignore`; DataError where it cannot be read."""
    try:
        # By name, because it has no types to check and may not be there.
        pyarrow, parquet_module = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise DataError(
            "parquet files are read with pyarrow, which is not installed; run pip install 'mlp-tui[parquet]', or save it as CSV"
        ) from None
    where = safe_text(path, 120)
    with open_regular(path) as file:
        try:
            parquet = parquet_module.ParquetFile(file)
            names = _check_shape(parquet, ignore, where)
            columns = tuple(_read_column(pyarrow, parquet, name, where) for name in names)
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise DataError(f"{where} is no sound Parquet file ({safe_text(error, 80)}); write it anew") from None
    return Table(f"parquet:{path}", columns, is_unseen=True)


def _check_shape(parquet: Any, ignore: frozenset[str], where: str) -> list[str]:
    names = [str(name) for name in parquet.schema_arrow.names]
    check_ignored(ignore, names, where)
    kept = [name for name in names if name not in ignore]
    if len(kept) > MAX_COLUMNS or len(set(names)) < len(names):
        reason = "a name twice" if len(set(names)) < len(names) else f"{len(kept):,} columns, at most {MAX_COLUMNS:,} are read"
        raise DataError(f"{where} has {reason}; leave some out")
    num_rows = int(parquet.metadata.num_rows)
    if num_rows * len(kept) * 8 > free_bytes() // 4:
        size = f"{num_rows:,} rows of {len(kept):,} columns, too much for {format_bytes(free_bytes())} of free memory"
        raise DataError(f"{where} has {size}; convert it to npy:DIR, which is streamed")
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
