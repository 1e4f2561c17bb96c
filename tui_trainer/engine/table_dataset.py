"""From a table to a Dataset: the target found, its task told, rows split, and the training part's statistics taken.

Every choice is one of `DataConfig`; every refusal a DataError with column, row and next step. What was done to the data is in
the data set's notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.dataset import Array, Dataset, TableInputs, check_dataset
from tui_trainer.engine.table import MAX_CLASSES, Column, Table, format_number
from tui_trainer.engine.table_fit import fit_preprocessing
from tui_trainer.engine.table_preprocessing import RawColumn, TablePreprocessing
from tui_trainer.runs.config import DataConfig, Missing, Task
from tui_trainer.runs.config_errors import nearest
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.table_peek import guess_target, looks_like_regression

TEST_SHARE = 0.2
_NAMES_IN_NOTE = 5

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]


def build_table_dataset(table: Table, data: DataConfig) -> Dataset:
    """The data set that `data` makes of `table`: a fifth to test, classes in equal shares where there are classes."""
    where = safe_text(f"data {table.source}", 120)
    target = find_target(table, data.target, where)
    columns = tuple(column for column in table.columns if column is not target)
    check_target(target, where)
    for column in columns:
        check_input(column, data.missing, where)
    is_regression = is_regression_target(target, data.task, table, where)
    y, class_names = targets_of(table, target, is_regression, where)
    train, test = split_rows(y, class_names, data.split_seed, where)
    X = _matrix(columns, is_frame=table.is_frame)
    raw = tuple(RawColumn(column.name, column.categories) for column in columns)
    preprocessing = fit_preprocessing(
        raw,
        X[train],
        target.name,
        y[train] if is_regression else None,
        imputes=data.missing is Missing.IMPUTE,
        is_frame=table.is_frame,
        where=where,
    )
    check_test_inputs(raw, preprocessing, X[test], where)
    return check_dataset(
        Dataset(
            name=table.source,
            train_X=X[train],
            train_y=y[train],
            test_X=X[test],
            test_y=y[test],
            divisor=1.0,
            class_names=class_names,
            image_shape=None,
            table=TableInputs(raw, preprocessing),
            notes=notes_of([look_at(column, train, test) for column in columns]),
        )
    )


def find_target(table: Table, chosen: str | None, where: str) -> Column:
    """The column to predict: as chosen, as the source says, by its name, else the last."""
    names = [column.name for column in table.columns]
    return table.columns[names.index(find_target_name(names, chosen if chosen is not None else table.target, where))]


def find_target_name(names: Sequence[str], name: str | None, where: str) -> str:
    """As `find_target`, of the names of all columns alone."""
    if name is None:
        name = guess_target(names)
    if name not in names:
        known = nearest(name, [safe_text(name, 30) for name in names[:10]])
        raise DataError(f'{where} has no column "{safe_text(name, 40)}" to predict{known}')
    if len(names) < 2:
        raise DataError(f'{where} has no column beside "{safe_text(name, 40)}", which is the target')
    return name


def is_regression_target(target: Column, task: Task, table: Table, where: str) -> bool:
    """Whether `target` is a number to be predicted and no class; the source's own word counts before its values."""
    if task is Task.CLASSIFICATION:
        return False
    shown = safe_text(target.name, 40)
    if target.categories is not None:
        if task is Task.REGRESSION:
            raise DataError(f'{where}: the target "{shown}" holds texts; take data.task=classification, or another data.target')
        return False
    if task is Task.REGRESSION:
        return True
    if table.has_number_target is not None:
        return table.has_number_target
    looks_like_it = looks_like_regression(target.values.tolist())
    if looks_like_it and table.is_unseen:
        raise DataError(f'{where}: the target "{shown}" looks like a number to predict; write data.task=regression')
    return looks_like_it


def check_target(target: Column, where: str) -> None:
    """DataError where there are too few rows, or one whose target is not known."""
    if len(target.values) < 2:
        raise DataError(f"{where} has {len(target.values)} row; at least one to train on and one to test on are needed")
    _refuse_missing(target, where, "the target must be known; drop those rows")


def check_input(column: Column, missing: Missing, where: str) -> None:
    """DataError where a column has empty cells that are not to be filled, or nothing else."""
    if missing is Missing.REFUSE:
        _refuse_missing(column, where, "fill or drop them, or take data.missing=impute")
    elif np.isnan(column.values).all():
        raise DataError(f'{where}: column "{safe_text(column.name, 40)}" is empty; leave it out with data.ignore')


def _refuse_missing(column: Column, where: str, next_step: str) -> None:
    rows = np.flatnonzero(np.isnan(column.values))
    if len(rows):
        share = f"{len(rows):,} of {len(column.values):,} cells"
        at = f'row {rows[0] + 2:,}, column "{safe_text(column.name, 40)}" is empty ({share})'
        raise DataError(f"{where}: {at}; {next_step}")


def targets_of(table: Table, target: Column, is_regression: bool, where: str) -> tuple[Array, tuple[str, ...]]:
    """(targets as they are, no names) of a regression, else (labels 0 ... C-1, class names)."""
    if is_regression:
        return target.values, ()
    if target.categories is not None:
        labels, names = target.values.astype(np.int64), target.categories
    else:
        distinct, labels = np.unique(target.values, return_inverse=True)
        names = tuple(format_number(value) for value in distinct[: MAX_CLASSES + 1])
        if table.target_names is not None and len(table.target_names) == len(names):
            names = table.target_names
    if len(names) > MAX_CLASSES:
        shown = safe_text(target.name, 40)
        raise DataError(f'{where}: the target "{shown}" has more than {MAX_CLASSES:,} classes; take data.task=regression')
    if len(names) < 2:
        raise DataError(f'{where}: the target is "{safe_text(names[0], 40)}" in every row; there is nothing to learn')
    return labels.astype(np.int64), names


def split_rows(y: Array, class_names: tuple[str, ...], seed: int, where: str) -> tuple[Indices, Indices]:
    """(training rows, test rows) as train_test_split draws them."""
    if class_names:
        _check_class_sizes(y.astype(np.int64), class_names, where)
    # 1.8 s of import, which a refusal must not pay.
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(y))
    train, test = train_test_split(rows, test_size=TEST_SHARE, stratify=y if class_names else None, random_state=seed)
    return train, test


def _check_class_sizes(y: Indices, class_names: tuple[str, ...], where: str) -> None:
    counts = np.bincount(y, minlength=len(class_names))
    if counts.min() < 2:
        name = safe_text(class_names[int(counts.argmin())], 40)
        raise DataError(f'{where}: class "{name}" has {counts.min()} row; each class needs two, to train and to test on')
    num_test = int(np.ceil(TEST_SHARE * len(y)))
    if min(num_test, len(y) - num_test) < len(class_names):
        raise DataError(
            f"{where}: {len(y):,} rows give {num_test:,} to test on, fewer than the {len(class_names):,} classes; "
            f"give more rows of each class, or take data.task=regression"
        )


def check_test_inputs(columns: tuple[RawColumn, ...], preprocessing: TablePreprocessing, X: Floats, where: str) -> None:
    """Refuse what is finite and yet overflows float32 after it was scaled; in the training part that cannot be."""
    with np.errstate(over="ignore"):
        inputs = preprocessing.transform(columns, X)
    if not np.isfinite(inputs).all():
        raise DataError(f"{where}: a row to test on is more than 1e38 standard deviations off; correct or drop it")


def _matrix(columns: tuple[Column, ...], *, is_frame: bool) -> Floats:
    """(N, K), in the memory order that the printed script has."""
    X = np.empty((len(columns[0].values), len(columns)), dtype=np.float64, order="F" if is_frame else "C")
    for index, column in enumerate(columns):
        X[:, index] = column.values
    return X


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What is worth a note about one column of inputs."""

    name: str
    num_missing: int
    is_constant: bool
    """In the training part."""
    num_unseen: int
    """Cells to test on whose category no training row has."""


def look_at(column: Column, train: Indices, test: Indices) -> ColumnFacts:
    """The facts of `column` for this split."""
    num_unseen = 0
    if column.categories is not None:
        codes = column.values[test]
        num_unseen = int((~np.isin(codes, column.values[train]) & ~np.isnan(codes)).sum())
    return ColumnFacts(column.name, column.num_missing, len(np.unique(column.values[train])) == 1, num_unseen)


def notes_of(facts: Sequence[ColumnFacts]) -> tuple[str, ...]:
    """Lines for people on what was done to the columns, and what is odd about them."""
    notes = []
    if filled := [fact for fact in facts if fact.num_missing]:
        names = _list_names(f"{fact.name} ({fact.num_missing:,})" for fact in filled)
        by = "with the training part's means and most frequent categories"
        notes.append(f"{sum(fact.num_missing for fact in filled):,} empty cells are filled {by}: {names}")
    if constant := [fact.name for fact in facts if fact.is_constant]:
        notes.append(f"{len(constant):,} columns are constant in the training part and tell nothing: {_list_names(constant)}")
    if unseen := [f"{fact.name} ({fact.num_unseen:,})" for fact in facts if fact.num_unseen]:
        notes.append(f"cells to test on hold categories that are never trained; they count as none: {_list_names(unseen)}")
    return tuple(notes)


def _list_names(names: Iterable[str]) -> str:
    listed = [safe_text(name, 40) for name in names]
    more = f" and {len(listed) - _NAMES_IN_NOTE} more" if len(listed) > _NAMES_IN_NOTE else ""
    return ", ".join(listed[:_NAMES_IN_NOTE]) + more
