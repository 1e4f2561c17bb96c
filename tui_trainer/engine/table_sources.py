"""The readers of tables by the scheme of their source: csv, parquet, openml, sklearn, toy."""

from __future__ import annotations

from pathlib import Path

from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.openml_tables import read_openml_table
from tui_trainer.engine.parquet_files import read_parquet_table
from tui_trainer.engine.sklearn_sets import load_sklearn_table
from tui_trainer.engine.table import Table
from tui_trainer.engine.table_files import read_csv_table
from tui_trainer.engine.toy_sets import make_toy_table
from tui_trainer.runs.config import DataConfig, Task
from tui_trainer.runs.errors import ConfigError, DataError, FieldError

FRAME_SCHEMES = frozenset({"csv", "parquet", "openml"})
"""Sources whose columns have names."""
TABLE_SCHEMES = frozenset({"csv", "parquet", "openml", "sklearn", "toy"})


def read_table(source: str, data: DataConfig, progress: OnProgress) -> Table:
    """The table of `source`, without the columns that `data.ignore` names."""
    scheme, _, rest = source.partition(":")
    check_columns_are_named(source, data)
    ignore = ignored_columns(data)
    if scheme == "csv":
        return read_csv_table(Path(rest), ignore)
    if scheme == "parquet":
        return read_parquet_table(Path(rest), ignore)
    if scheme == "openml":
        table = read_openml_table(source, ignore, progress)
        if table.target is None and data.target is None:
            raise DataError(f"{source} names no target of its own, or several; choose one with data.target")
        return table
    if scheme == "toy":
        return make_toy_table(rest, data)
    return load_sklearn_table(rest)


def ignored_columns(data: DataConfig) -> frozenset[str]:
    """The names that `data.ignore` lists."""
    return frozenset(name.strip() for name in (data.ignore or "").split(",") if name.strip())


def check_columns_are_named(source: str, data: DataConfig) -> None:
    """ConfigError for what says nothing of `source`: columns of arrays have no names that a person would write."""
    scheme = source.partition(":")[0]
    keys = {"data.target": data.target, "data.ignore": data.ignore}
    written = [key for key, value in keys.items() if value is not None and scheme not in FRAME_SCHEMES]
    if scheme == "toy" and data.task is Task.REGRESSION:
        raise ConfigError([FieldError("data.task", f"{source} has classes; take auto or classification")])
    if written:
        raise ConfigError([FieldError(key, f"{source} has no columns to choose from; leave it unset") for key in written])
