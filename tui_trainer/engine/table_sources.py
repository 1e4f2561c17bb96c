"""The readers of tables by the scheme of their source: csv, parquet, sklearn, toy, openml, npz."""

from __future__ import annotations

from pathlib import Path

from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.sklearn_sets import load_sklearn_table
from tui_trainer.engine.table import Table, check_ignored
from tui_trainer.engine.table_files import read_csv_table
from tui_trainer.engine.toy_sets import make_toy_table
from tui_trainer.runs.config import DataConfig

TABLE_SCHEMES = frozenset({"csv", "sklearn", "toy"})


def read_table(source: str, data: DataConfig, progress: OnProgress) -> Table:
    """The table of `source`, without the columns that `data.ignore` names."""
    scheme, _, rest = source.partition(":")
    ignore = ignored_columns(data)
    if scheme == "csv":
        return read_csv_table(Path(rest), ignore)
    if scheme == "toy":
        return _without(make_toy_table(rest, data), ignore)
    return _without(load_sklearn_table(rest), ignore)


def ignored_columns(data: DataConfig) -> frozenset[str]:
    """The names that `data.ignore` lists."""
    return frozenset(name.strip() for name in (data.ignore or "").split(",") if name.strip())


def _without(table: Table, ignore: frozenset[str]) -> Table:
    check_ignored(ignore, [column.name for column in table.columns], f"data {table.source}")
    kept = tuple(column for column in table.columns if column.name not in ignore)
    return Table(table.source, kept, table.target, table.target_names, table.is_frame)
