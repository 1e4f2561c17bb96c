"""What a data source holds, for people who choose one: rows, columns with histograms, classes, sample images, size on disk.

Answers the server's `describe_data`. A source that would have to be downloaded is not: it says what that would cost.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.dataset import Array, Dataset, iterate_rows
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.data_source import OPENML_IMAGES, PATH_SOURCES, is_kept, kept_folder
from tui_trainer.runs.paths import data_folder
from tui_trainer.runs.safe_text import safe_text

BINS = 16
SAMPLES = 10
MAX_COLUMNS = 64
"""Columns that are described; the rest is counted."""
MAX_CLASSES = 100
"""Classes that are described; the rest is counted."""
MAX_NAMES = 200
"""Names of columns that are given; the rest is counted."""
MAX_GROUPED_ROWS = 10_000
"""Rows that a histogram of a group of columns looks at."""
MAX_ROWS = 100_000
"""Rows that a histogram looks at, from the first on."""


def describe_data(data: DataConfig, on_progress: OnProgress) -> dict[str, Any]:
    """{source, is_here, download_bytes, path, bytes} and, where it is here, {num_train, num_test, num_inputs, task, target,
    classes [{name, train, test}], num_classes, columns [{name, kind, missing, histogram, low, high, categories}], num_columns,
    column_names, missing, image_shape, samples [{label, pixels}], notes, data_fingerprint}.

    Histograms count a column's training part: 16 equal bins from low to high, or its 16 most frequent categories. Columns
    without names, such as pixels, are described in groups of neighbours, whose `name` is their numbers, as in 1-13.
    `column_names` are those that can be a target, `missing` counts all empty cells. Pixels are 0 to 255, row by row. None where
    there is no such thing, or a download's size is not known.
    """
    source = str(data.source)
    place = _place(source)
    if not place["is_here"]:
        return {"source": source, **place}
    on_progress("loading data", 0, None)
    dataset = load_configured(data, on_progress)
    return {"source": source, **place, **_describe(dataset)}


def _place(source: str) -> dict[str, Any]:
    """Where a source lies, and what it would cost to have it here."""
    scheme, _, rest = source.partition(":")
    home = data_folder()
    if source in OPENML_IMAGES or scheme == "openml":
        is_here, path = is_kept(source, home), kept_folder(source, home)
    elif scheme in PATH_SOURCES:
        is_here, path = True, Path(rest)
    else:
        return {"is_here": True, "download_bytes": None, "path": None, "bytes": None}
    size = _bytes_at(path) if is_here else None
    return {
        "is_here": is_here,
        "download_bytes": OPENML_IMAGES.get(source),
        "path": str(path),
        "bytes": size,
    }


def _bytes_at(path: Path) -> int | None:
    try:
        files = list(path.iterdir()) if path.is_dir() else [path]
        return sum(file.stat().st_size for file in files if file.is_file())
    except OSError:
        return None


def _describe(dataset: Dataset) -> dict[str, Any]:
    num_missing = _num_missing(dataset)
    return {
        "num_train": dataset.num_train,
        "num_test": dataset.num_test,
        "num_inputs": dataset.num_inputs,
        "num_classes": None if dataset.is_regression else dataset.num_classes,
        "task": "regression" if dataset.is_regression else "classification",
        "target": safe_text(dataset.table.preprocessing.target, 100) if dataset.table else None,
        "target_histogram": _histogram(dataset.train_y) if dataset.is_regression else None,
        "classes": [] if dataset.is_regression else _classes(dataset),
        "columns": _columns(dataset, num_missing),
        "num_columns": int(dataset.train_X.shape[1]),
        "column_names": _column_names(dataset),
        "missing": sum(num_missing),
        "image_shape": list(dataset.image_shape) if dataset.image_shape else None,
        "samples": _samples(dataset),
        "notes": list(dataset.notes),
        "data_fingerprint": dataset.fingerprint(),
    }


def _classes(dataset: Dataset) -> list[dict[str, Any]]:
    counts = [np.bincount(y, minlength=dataset.num_classes).tolist() for y in (dataset.train_y, dataset.test_y)]
    shown = list(zip(dataset.class_names, *counts, strict=True))[:MAX_CLASSES]
    return [{"name": safe_text(name, 100), "train": train, "test": test} for name, train, test in shown]


def _columns(dataset: Dataset, num_missing: list[int]) -> list[dict[str, Any]]:
    """The columns of a table; those of an array, which have no names, in groups."""
    if dataset.table is None:
        return _groups(dataset.train_X[:MAX_GROUPED_ROWS])
    rows = dataset.train_X[:MAX_ROWS]
    columns = dataset.table.columns[:MAX_COLUMNS]
    return [
        {"name": safe_text(column.name, 100), "missing": num_missing[index]}
        | (_histogram(rows[:, index]) if column.categories is None else _category_counts(rows[:, index], column.categories))
        for index, column in enumerate(columns)
    ]


def _groups(rows: Array) -> list[dict[str, Any]]:
    """Columns of an array in at most MAX_COLUMNS groups of neighbours."""
    num_columns = rows.shape[1]
    size = -(-num_columns // MAX_COLUMNS)
    groups = []
    for first in range(0, num_columns, size):
        last = min(first + size, num_columns)
        name = str(last) if size == 1 else f"{first + 1}-{last}"
        groups.append({"name": name, "missing": 0} | _histogram(np.asarray(rows[:, first:last], dtype=np.float64)))
    return groups


def _column_names(dataset: Dataset) -> list[str]:
    """The first names of a table's columns, the target's too, which is the last."""
    if dataset.table is None:
        return []
    names = [column.name for column in dataset.table.columns][: MAX_NAMES - 1]
    return [safe_text(name, 100) for name in (*names, dataset.table.preprocessing.target)]


def _num_missing(dataset: Dataset) -> list[int]:
    """Empty cells of each column of a table, in one pass, since it may lie on the disk; none of anything else."""
    if dataset.table is None:
        return []
    counts = np.zeros(len(dataset.table.columns), dtype=np.int64)
    for X in (dataset.train_X, dataset.test_X):
        for rows in iterate_rows(X):
            counts += np.isnan(rows).sum(axis=0)
    return counts.tolist()


def _histogram(values: Array) -> dict[str, Any]:
    """{kind, low, high, histogram}; the values that are there lie from low to high."""
    present = values[~np.isnan(values)]
    low, high = float(present.min()), float(present.max())
    # A range beyond float64 cannot be cut into bins as it stands.
    scale = max(abs(low), abs(high), 1.0)
    counts, _ = np.histogram(present / scale, bins=BINS, range=(low / scale, high / scale))
    return {"kind": "number", "low": low, "high": high, "histogram": counts.tolist()}


def _category_counts(codes: Array, categories: tuple[str, ...]) -> dict[str, Any]:
    counts = np.bincount(codes[~np.isnan(codes)].astype(np.int64), minlength=len(categories))
    order = np.argsort(-counts, kind="stable")[:BINS]
    shown = [safe_text(categories[index], 100) for index in order]
    return {"kind": "category", "categories": shown, "num_categories": len(categories), "histogram": counts[order].tolist()}


def _samples(dataset: Dataset) -> list[dict[str, Any]]:
    """The first training image of each of the first classes."""
    if dataset.image_shape is None:
        return []
    labels, first = np.unique(dataset.train_y, return_index=True)
    images = [np.asarray(dataset.train_X[row], dtype=np.float64) / dataset.divisor for row in first[:SAMPLES]]
    return [
        {"label": safe_text(dataset.class_names[label], 100), "pixels": np.rint(image.clip(0, 1) * 255).astype(int).tolist()}
        for label, image in zip(labels[:SAMPLES], images, strict=True)
    ]
