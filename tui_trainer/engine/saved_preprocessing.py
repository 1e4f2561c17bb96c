"""A data set as a saved network sees it: through the preprocessing in its manifest, and never through statistics of its own.

For evaluations. Columns are found by name, categories and classes by their texts, so another file may order them otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tui_trainer.engine.dataset import Array, Dataset, TableInputs
from tui_trainer.engine.table_preprocessing import TablePreprocessing, parse_preprocessing
from tui_trainer.runs.errors import CheckpointError, DataError
from tui_trainer.runs.safe_text import safe_text


def saved_target(said: dict[str, Any]) -> str | None:
    """The column that the network of a manifest's preprocessing `said` predicts; None where it was trained on no table."""
    table = said.get("table")
    return str(table.get("target")) if isinstance(table, dict) else None


def apply_saved(dataset: Dataset, said: dict[str, Any], where: str) -> Dataset:
    """`dataset` with the preprocessing that a manifest `said`; `where` names the checkpoint.

    CheckpointError where that is damaged, DataError where the data does not fit it.
    """
    table = said.get("table")
    if (table is None) != (dataset.table is None):
        kinds = ("was trained on a table", "is none") if dataset.table is None else ("was not trained on a table", "is one")
        raise DataError(
            f"{where} {kinds[0]} and {safe_text(dataset.name, 100)} {kinds[1]}; evaluate it on data of its own kind"
        )
    if table is None or dataset.table is None:
        return dataset
    preprocessing = parse_preprocessing(table, where)
    class_names = _class_names(said, where)
    if bool(class_names) == dataset.is_regression:
        raise DataError(
            f"{where} predicts {'a class' if class_names else 'a number'}; {dataset.name} has the other kind of target"
        )
    applied = replace(dataset, table=TableInputs(dataset.table.columns, preprocessing), class_names=class_names)
    _check_columns(applied, preprocessing)
    if not class_names:
        return applied
    return replace(
        applied,
        train_y=_labels(dataset, dataset.train_y, class_names),
        test_y=_labels(dataset, dataset.test_y, class_names),
    )


def _class_names(said: dict[str, Any], where: str) -> tuple[str, ...]:
    names = said.get("class_names")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise CheckpointError(f"{where}: its manifest's preprocessing is damaged; take another checkpoint")
    return tuple(names)


def _check_columns(dataset: Dataset, preprocessing: TablePreprocessing) -> None:
    """Refuse at once what does not fit, and not with the first batch."""
    assert dataset.table is not None
    preprocessing.transform(dataset.table.columns, dataset.test_X[:1])


def _labels(dataset: Dataset, y: Array, class_names: tuple[str, ...]) -> Array:
    """Labels by the saved order of classes."""
    places = {name: index for index, name in enumerate(class_names)}
    unknown = next((name for name in dataset.class_names if name not in places), None)
    if unknown is not None:
        raise DataError(f'{safe_text(dataset.name, 100)} has class "{safe_text(unknown, 40)}", which was never trained')
    return np.array([places[name] for name in dataset.class_names], dtype=np.int64)[y]
