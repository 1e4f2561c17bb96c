"""A Parquet table that does not fit in memory, kept once as arrays that can be streamed: `$MLP_TUI_HOME/data/parquet/`.

Statistics and checks are taken column by column by the functions that a table in memory goes through, so that the data set is
the same to the bit: `data.residence=stream` and a larger machine give the same run. A kept table is used only for the file,
target, split and choices that it was made of, and only after all of its bytes were compared with what was written; it is made
anew where it is damaged. It takes eight bytes a cell on the disk, twice that while it is made.

Shape letters: N rows, K columns of inputs.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tui_trainer.engine.dataset import Array, Dataset, TableInputs, check_dataset
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.npy_folder import map_array
from tui_trainer.engine.parquet_files import ParquetTable, exceeds_memory, open_parquet
from tui_trainer.engine.spool_files import ColumnFile, RowFile
from tui_trainer.engine.table import Column, Table
from tui_trainer.engine.table_dataset import (
    ColumnFacts,
    Indices,
    check_input,
    check_target,
    check_test_inputs,
    find_target_name,
    is_regression_target,
    look_at,
    notes_of,
    split_rows,
    targets_of,
)
from tui_trainer.engine.table_fit import check_kept, fit_preprocessing, fit_target
from tui_trainer.engine.table_preprocessing import (
    CategoryInput,
    NumberInput,
    RawColumn,
    TablePreprocessing,
    parse_preprocessing,
)
from tui_trainer.engine.table_sources import ignored_columns
from tui_trainer.runs.config import DataConfig, Missing, Residence
from tui_trainer.runs.data_source import CACHED_ARRAYS
from tui_trainer.runs.errors import CheckpointError, DataError, ResourceError
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.paths import data_folder, ensure_folder
from tui_trainer.runs.publisher import delete_folder, publish_built_folder, publish_file, sweep, sync_file
from tui_trainer.runs.safe_text import safe_text

SCHEMA = 1
FACTS = "facts.json"
BLOCK_BYTES = 64 << 20
"""What is turned from columns into rows in one go."""


def is_spooled(path: Path, data: DataConfig) -> bool:
    """Whether the table at `path` is to be streamed: as configured, or because memory would not hold it."""
    if data.residence is not Residence.AUTO:
        return data.residence is Residence.STREAM
    with open_parquet(path, ignored_columns(data)) as opened:
        return exceeds_memory(opened)


def load_spooled(path: Path, data: DataConfig, progress: OnProgress) -> Dataset:
    """The data set of the table at `path`, its arrays memory-mapped; made first where it is not kept yet.

    DataError where the table cannot be used, ResourceError where the disk has no room for it.
    """
    folder = ensure_folder(data_folder() / "parquet") / _name_of(path, data)
    if folder.is_dir():
        try:
            return _read(folder, path, progress)
        except DataError:
            delete_folder(folder)
    try:
        _keep(folder, path, data, progress)
    except FileExistsError:
        pass  # another process has made it meanwhile
    except OSError as error:
        message = f"{safe_text(path, 100)} cannot be kept to be streamed ({error.strerror or error})"
        raise ResourceError(f"{message}; free space in {safe_text(folder.parent, 120)}") from error
    return _read(folder, path, progress)


def _name_of(path: Path, data: DataConfig) -> str:
    """Two digests: of the path, so that what became of an older state is found, and of all that the arrays depend on."""
    try:
        status = path.stat()
    except OSError as error:
        raise DataError(f"{safe_text(path, 140)} cannot be read ({error.strerror}); check the path") from None
    choices = [data.target, data.task.value, data.missing.value, sorted(ignored_columns(data)), data.split_seed]
    state = [SCHEMA, status.st_size, status.st_mtime_ns, status.st_ino, *choices]
    digests = [hashlib.sha256(json.dumps(part).encode()).hexdigest()[:16] for part in (str(path.resolve()), state)]
    return "-".join(digests)


# Making it: the first line of FACTS is the SHA-256 of the rest, which holds the fingerprint of the arrays.


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is known of a table once its target has been read."""

    target: Column
    y: Array
    class_names: tuple[str, ...]
    train: Indices
    test: Indices
    where: str


def _keep(folder: Path, path: Path, data: DataConfig, progress: OnProgress) -> None:
    """Make `folder` whole, and let go of what was made of `path` before."""
    sweep(folder.parent)
    for old in folder.parent.glob(f"{folder.name.partition('-')[0]}-*"):
        delete_folder(old)
    with open_parquet(path, ignored_columns(data)) as opened:
        _check_room(opened, folder.parent)
        publish_built_folder(folder, lambda built: _build(built, opened, path, data, progress))


def _check_room(opened: ParquetTable, folder: Path) -> None:
    needed, free = 2 * opened.num_bytes, shutil.disk_usage(folder).free
    if needed > free:
        message = f"{opened.where} needs {format_bytes(needed)} of disk to be streamed, {format_bytes(free)} are free"
        raise ResourceError(f"{message}; make room in {safe_text(folder, 120)}, or set MLP_TUI_HOME")


def _build(folder: Path, opened: ParquetTable, path: Path, data: DataConfig, progress: OnProgress) -> None:
    plan = _plan(opened, path, data)
    names = [name for name in opened.names if name != plan.target.name]
    raw: list[RawColumn] = []
    inputs: list[NumberInput | CategoryInput] = []
    facts: list[ColumnFacts] = []
    with ColumnFile(folder / "columns", len(plan.y)) as columns:
        for index, name in enumerate(names):
            progress("columns read", index, len(names))
            column = opened.read(name)
            raw.append(RawColumn(name, column.categories))
            inputs += _fit(column, plan, data).inputs
            facts.append(look_at(column, plan.train, plan.test))
            columns.append(column.values)
        scales = fit_target(plan.y[plan.train], plan.where) if not plan.class_names else (0.0, 1.0)
        preprocessing = check_kept(TablePreprocessing(tuple(inputs), plan.target.name, *scales), plan.where)
        _write_parts(folder, columns, plan, progress)
    _write_facts(folder, f"parquet:{path}", plan, TableInputs(tuple(raw), preprocessing), facts)


def _plan(opened: ParquetTable, path: Path, data: DataConfig) -> _Plan:
    source = f"parquet:{path}"
    where = safe_text(f"data {source}", 120)
    target = opened.read(find_target_name(opened.names, data.target, where))
    check_target(target, where)
    table = Table(source, (target,), is_unseen=True)
    is_regression = is_regression_target(target, data.task, table, where)
    y, class_names = targets_of(table, target, is_regression, where)
    return _Plan(target, y, class_names, *split_rows(y, class_names, data.split_seed, where), where)


def _fit(column: Column, plan: _Plan, data: DataConfig) -> TablePreprocessing:
    """The statistics of one column's training part, checked on its other part."""
    check_input(column, data.missing, plan.where)
    raw, values = (RawColumn(column.name, column.categories),), column.values.reshape(-1, 1)
    imputes = data.missing is Missing.IMPUTE
    fitted = fit_preprocessing(
        raw, values[plan.train], plan.target.name, None, imputes=imputes, is_frame=True, where=plan.where
    )
    check_test_inputs(raw, fitted, values[plan.test], plan.where)
    return fitted


def _write_parts(folder: Path, columns: ColumnFile, plan: _Plan, progress: OnProgress) -> None:
    """Turn `columns` into the rows to train and to test on, in the split's order, block by block."""
    num_rows, num_columns = len(plan.y), columns.num_columns
    is_train, places = np.empty(num_rows, dtype=bool), np.empty(num_rows, dtype=np.int64)
    for part, rows in (("train", plan.train), ("test", plan.test)):
        is_train[rows], places[rows] = part == "train", np.arange(len(rows))
        np.save(folder / f"{part}_y.npy", plan.y[rows])
        sync_file(folder / f"{part}_y.npy")
    step = max(1, BLOCK_BYTES // (8 * num_columns))
    with (
        RowFile(folder / "train_X.npy", len(plan.train), num_columns) as train,
        RowFile(folder / "test_X.npy", len(plan.test), num_columns) as test,
    ):
        for start in range(0, num_rows, step):
            progress("rows written", start, num_rows)
            stop = min(start + step, num_rows)
            block, chosen, place = columns.read_rows(start, stop), is_train[start:stop], places[start:stop]
            train.write(place[chosen], block[chosen])
            test.write(place[~chosen], block[~chosen])


def _write_facts(folder: Path, source: str, plan: _Plan, table: TableInputs, facts: Sequence[ColumnFacts]) -> None:
    said = {
        "schema": SCHEMA,
        "source": source,
        "class_names": list(plan.class_names),
        "columns": [[column.name, column.categories] for column in table.columns],
        "preprocessing": table.preprocessing.to_json(),
        "notes": list(notes_of(facts)),
    }
    said["fingerprint"] = _dataset(folder, said).fingerprint()
    body = json.dumps(said).encode()
    publish_file(folder / FACTS, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


# Reading it


def _read(folder: Path, path: Path, progress: OnProgress) -> Dataset:
    """What is kept in `folder`, all of its bytes compared; DataError where it is not what was written."""
    try:
        digest, _, body = (folder / FACTS).read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise _damaged(folder)
        said = json.loads(body)
        fingerprint = str(said["fingerprint"])
        dataset = _dataset(folder, said)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, CheckpointError) as error:
        raise _damaged(folder) from error
    progress("checking what is kept of the table", 0, None)
    if dataset.fingerprint() != fingerprint:
        raise _damaged(folder)
    return check_dataset(replace(dataset, name=f"parquet:{path}", checked_fingerprint=fingerprint))


def _dataset(folder: Path, said: dict[str, Any]) -> Dataset:
    arrays = {name: map_array(folder / f"{name}.npy") for name in CACHED_ARRAYS}
    columns = tuple(
        RawColumn(str(name), None if categories is None else tuple(str(text) for text in categories))
        for name, categories in said["columns"]
    )
    return Dataset(
        name=str(said["source"]),
        train_X=arrays["train_X"],
        train_y=np.array(arrays["train_y"]),
        test_X=arrays["test_X"],
        test_y=np.array(arrays["test_y"]),
        divisor=1.0,
        class_names=tuple(str(name) for name in said["class_names"]),
        image_shape=None,
        table=TableInputs(columns, parse_preprocessing(said["preprocessing"], str(folder))),
        notes=tuple(str(note) for note in said["notes"]),
    )


def _damaged(folder: Path) -> DataError:
    return DataError(f"{safe_text(folder, 160)} is damaged; delete it, and the table is read again")
