"""A table from OpenML through scikit-learn's fetch_openml: downloaded once, then kept as plain arrays, published whole.

Kept in `$MLP_TUI_HOME/data/openml/<name or number>/`: `values.npy`, (N, K) float64, numbers or indices into a column's
categories, NaN where a cell is empty; `table.json`, {schema, target, columns [{name, categories}]}. Read without scikit-learn
and pandas; files are trusted for their values but not for their form.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.npy_faults import NPY_FAULTS
from tui_trainer.engine.openml_download import download, failed
from tui_trainer.engine.table import MAX_CATEGORIES, MAX_COLUMNS, Column, Table, check_ignored
from tui_trainer.runs.data_source import KEPT_TABLE, is_kept, kept_folder
from tui_trainer.runs.errors import DataError, ResourceError
from tui_trainer.runs.paths import data_folder, ensure_folder
from tui_trainer.runs.publisher import delete_folder, publish_folder
from tui_trainer.runs.safe_text import safe_text

SCHEMA = 1
VALUES = "values.npy"
MAX_HEADER_BYTES = 64 << 20


def read_openml_table(source: str, ignore: frozenset[str], progress: OnProgress) -> Table:
    """The table of `source`, openml:NAME_OR_ID, without the columns `ignore`; downloaded and kept where it is not yet."""
    if not is_kept(source, data_folder()):
        fetch_openml_table(source, progress)
    table = _read_kept(source)
    check_ignored(ignore, [column.name for column in table.columns], source)
    kept = tuple(column for column in table.columns if column.name not in ignore)
    if len(kept) > MAX_COLUMNS:
        raise DataError(f"{source} has {len(kept):,} columns, at most {MAX_COLUMNS:,} are read; leave some out (data.ignore)")
    many = next((column for column in kept if len(column.categories or ()) > MAX_CATEGORIES), None)
    if many is not None:
        shown = safe_text(many.name, 40)
        raise DataError(
            f'{source}: column "{shown}" has more than {MAX_CATEGORIES:,} different texts; leave it out (data.ignore)'
        )
    return Table(source, kept, target=table.target, is_unseen=True)


def fetch_openml_table(source: str, progress: OnProgress) -> None:
    """Download the table of `source` and keep it in place of what was kept; DataError or ResourceError says what failed."""
    table = download(source, None, progress, lambda folder: _fetch(source, folder))
    _keep(source, table)


def _fetch(source: str, folder: Path) -> Table:
    from sklearn.datasets import fetch_openml

    name = source.partition(":")[2]
    wanted: dict[str, Any] = {"data_id": int(name)} if name.isdigit() else {"name": name}
    bunch = fetch_openml(**wanted, as_frame=True, parser="auto", n_retries=1, data_home=folder)
    targets = list(bunch.target_names)
    frame = bunch.frame
    columns = tuple(_column(source, str(name), frame[name]) for name in frame.columns)
    if not len(frame) or len(columns) < 2:
        raise failed(source, f"it has {len(frame):,} rows of {len(columns):,} columns")
    return Table(source, columns, target=str(targets[0]) if len(targets) == 1 else None)


def _column(source: str, name: str, series: Any) -> Column:
    """A pandas column as numbers, or as indices into its texts in sorted order."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if is_numeric_dtype(series.dtype) and not is_bool_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isinf(values).any():
            raise failed(source, f'column "{safe_text(name, 40)}" is infinite in row {int(np.argmax(np.isinf(values))) + 1:,}')
        return Column(name, values)
    is_present = series.notna().to_numpy(dtype=bool)
    texts = np.array([str(text) for text in series[is_present]], dtype=object)
    distinct, codes = np.unique(texts, return_inverse=True) if len(texts) else (texts, np.empty(0))
    values = np.full(len(series), np.nan)
    values[is_present] = codes
    return Column(name, values, tuple(str(text) for text in distinct))


def _keep(source: str, table: Table) -> None:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.column_stack([column.values for column in table.columns]), allow_pickle=False)
    columns = [{"name": c.name, "categories": None if c.categories is None else list(c.categories)} for c in table.columns]
    header = json.dumps({"schema": SCHEMA, "target": table.target, "columns": columns}).encode()
    folder = kept_folder(source, data_folder())
    if len(header) > MAX_HEADER_BYTES:
        raise failed(source, "its texts take more than 64 MB")
    try:
        ensure_folder(data_folder())
        ensure_folder(folder.parent)
        delete_folder(folder)
        publish_folder(folder, {VALUES: file.getvalue(), KEPT_TABLE: header})
    except OSError as error:
        # Another process may have kept the same data between these lines.
        if not is_kept(source, data_folder()):
            where = safe_text(folder, 120)
            raise ResourceError(f"{source} cannot be kept ({error.strerror or error}); free space in {where}") from error


def _read_kept(source: str) -> Table:
    folder = kept_folder(source, data_folder())
    try:
        if (folder / KEPT_TABLE).stat().st_size > MAX_HEADER_BYTES:
            raise ValueError("larger than 64 MB")
        said = json.loads((folder / KEPT_TABLE).read_bytes())
        # Unlike np.load it reads nothing but .npy, and has no way to a pickle.
        values = np.array(np.lib.format.open_memmap(folder / VALUES, mode="r"))
        return _parse(source, said, values)
    except (OSError, *NPY_FAULTS, KeyError, AttributeError, RecursionError) as error:
        again = f"run `mlp-tui data fetch {source}`, or delete {safe_text(folder, 90)}"
        raise DataError(f"{source} as kept is damaged ({safe_text(error, 60)}); {again}") from error


def _parse(source: str, said: dict[str, Any], values: NDArray[Any]) -> Table:
    if said["schema"] != SCHEMA:
        raise ValueError(f"schema {said['schema']}")
    entries = said["columns"]
    if values.ndim != 2 or values.dtype != np.float64 or values.shape[1] != len(entries) or not len(values):
        raise ValueError(f"{values.dtype} of shape {values.shape} for {len(entries)} columns")
    columns = tuple(_parse_column(entry, values[:, index].copy()) for index, entry in enumerate(entries))
    target = said["target"]
    if target is not None and target not in [column.name for column in columns]:
        raise ValueError("no such target")
    return Table(source, columns, target=target)


def _parse_column(entry: dict[str, Any], values: NDArray[np.float64]) -> Column:
    categories = None if entry["categories"] is None else tuple(str(text) for text in entry["categories"])
    if categories is not None:
        present = values[~np.isnan(values)]
        if ((present != np.trunc(present)) | (present < 0) | (present >= len(categories))).any():
            raise ValueError("an index of no category")
    elif np.isinf(values).any():
        raise ValueError("an infinite cell")
    return Column(str(entry["name"]), values, categories)
