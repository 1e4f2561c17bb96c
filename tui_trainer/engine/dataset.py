"""A data set in memory: raw arrays as they were loaded, how they are scaled, and what identifies them.

Made by the loaders of this room only (`idx_files`, `openml_mnist`, `digits`), each of which passes it through
`check_dataset`. Never downloads, never reads a file, knows no torch.

Shape letters: N examples, D inputs, C classes.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.table_preprocessing import RawColumn, TablePreprocessing
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.safe_text import safe_text

Array = NDArray[Any]

CHUNK_BYTES = 64 << 20
"""Bytes of an array that are looked at in one go, so that a set larger than the memory can be checked."""


@dataclass(frozen=True, slots=True)
class TableInputs:
    """The columns of a raw array that is a table, and how they become inputs."""

    columns: tuple[RawColumn, ...]
    preprocessing: TablePreprocessing


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """One data set with its split; arrays may be memory-mapped and read-only."""

    name: str
    """The data source as it is written, for example `mnist` or `idx:/data/mnist`."""
    train_X: Array
    """(N, D) inputs to train on, before scaling, in the dtype in which they were loaded (images: uint8); of a table (N, K)."""
    train_y: Array
    """(N,) int64 labels 0 ... C-1; of a regression float64 targets, before scaling."""
    test_X: Array
    """(N, D) inputs to test on, before scaling."""
    test_y: Array
    """(N,) as train_y."""
    divisor: float
    """What `scaled` divides by: the largest raw value that the source can hold."""
    class_names: tuple[str, ...]
    """One name for each class, in the order of the labels."""
    image_shape: tuple[int, int] | None
    """(rows, columns) where D is an image, row by row; else None."""
    table: TableInputs | None = None
    """Where the raw inputs are a table's columns: which, and their way to the network's inputs."""
    notes: tuple[str, ...] = ()
    """Lines for people on what was done to the data, such as how many cells were filled."""
    checked_fingerprint: str | None = None
    """The fingerprint, where all arrays were read and compared with it just before; None: `fingerprint` reads them."""

    @property
    def num_inputs(self) -> int:
        """D."""
        return self.table.preprocessing.num_inputs if self.table else int(self.train_X.shape[1])

    @property
    def is_regression(self) -> bool:
        """Whether numbers are predicted and not classes."""
        return not self.class_names

    @property
    def target_scale(self) -> float:
        """Standard deviation of a regression's target in its training part, by which its network's unit is larger; else 1."""
        return self.table.preprocessing.target_scale if self.table else 1.0

    @property
    def num_classes(self) -> int:
        """C, the network's outputs; 1 where a number is predicted."""
        return len(self.class_names) or 1

    @property
    def num_train(self) -> int:
        """Examples to train on."""
        return len(self.train_y)

    @property
    def num_test(self) -> int:
        """Examples to test on."""
        return len(self.test_y)

    def scaled(self, X: Array) -> NDArray[np.float32]:
        """Raw rows as the network takes them: float32, C-contiguous, a copy always.

        A table's rows (N, K) go through its preprocessing; anything else (any shape) is divided by `divisor` in float32.
        """
        if self.table is not None:
            return self.table.preprocessing.transform(self.table.columns, X)
        scaled = np.array(X, dtype=np.float32, order="C")
        scaled /= np.float32(self.divisor)
        return scaled

    def scaled_targets(self, y: Array) -> Array:
        """Raw targets as the loss takes them: labels (N,) int64 as they are, a regression's (N, 1) float32, standardised."""
        if not self.is_regression:
            return y
        assert self.table is not None
        return self.table.preprocessing.transform_target(y)

    def preprocessing(self) -> dict[str, Any]:
        """What a manifest says of the way from raw values to the network's inputs and back to classes; strict JSON."""
        return {
            "divisor": float(self.divisor),
            "dtype": "float32",
            "image_shape": list(self.image_shape) if self.image_shape else None,
            "class_names": list(self.class_names),
            **({"table": self.table.preprocessing.to_json()} if self.table else {}),
        }

    def fingerprint(self) -> str:
        """SHA-256 in hexadecimal over the raw arrays: equal for the same data from whatever source.

        Over train_X, train_y, test_X, test_y in this order, each as: that name in UTF-8, a zero byte, numpy's name of the
        dtype (`uint8`, `int64`), a zero byte, the shape as decimal numbers joined by commas, a zero byte, the array's bytes
        (C order, little-endian). A table whose columns have categories adds a zero byte and these as JSON, since its array
        holds only their indices.
        """
        if self.checked_fingerprint is not None:
            return self.checked_fingerprint
        digest = hashlib.sha256()
        for name in ("train_X", "train_y", "test_X", "test_y"):
            array: Array = getattr(self, name)
            shape = ",".join(str(size) for size in array.shape)
            digest.update(f"{name}\0{array.dtype.name}\0{shape}\0".encode())
            for rows in iterate_rows(array):
                little_endian = np.ascontiguousarray(rows, dtype=array.dtype.newbyteorder("<"))
                digest.update(little_endian.reshape(-1).view(np.uint8).data)
        if self.table is not None and any(column.categories for column in self.table.columns):
            digest.update(b"\0" + json.dumps([[column.name, column.categories] for column in self.table.columns]).encode())
        return digest.hexdigest()


def iterate_rows(array: Array) -> Iterator[Array]:
    """Views of `array` (N, ...) of some CHUNK_BYTES each, in order; pages of a memory-mapped one are let go behind them."""
    if not array.size:
        return
    num_rows = max(1, CHUNK_BYTES // (array.nbytes // len(array)))
    for start in range(0, len(array), num_rows):
        yield array[start : start + num_rows]
        release_pages(array)


def release_pages(array: Array) -> None:
    """Let go of the pages of a memory-mapped array; the next access maps them again. Arrays in memory stay as they are."""
    mapping = getattr(array, "_mmap", None)
    if isinstance(mapping, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)


def check_dataset(dataset: Dataset) -> Dataset:
    """`dataset` itself where a network can be trained on it, else DataError with part, reason and next step."""
    if not dataset.divisor > 0:
        raise _unusable(dataset, f"the divisor is {dataset.divisor}", "it must be more than 0")
    for part, X, y in (("train", dataset.train_X, dataset.train_y), ("test", dataset.test_X, dataset.test_y)):
        _check_inputs(dataset, part, X, y)
        (_check_targets if dataset.is_regression else _check_labels)(dataset, part, y)
    if dataset.train_X.shape[1] != dataset.test_X.shape[1]:
        widths = f"{dataset.train_X.shape[1]} inputs to train on, {dataset.test_X.shape[1]} to test on"
        raise _unusable(dataset, widths, "both parts must have the same columns")
    if dataset.is_regression:
        return dataset
    if len(np.unique(dataset.train_y)) < 2:
        raise _unusable(dataset, "all training examples have one class", "give examples of at least two")
    unseen = np.setdiff1d(dataset.test_y, dataset.train_y)
    if len(unseen):
        raise _unusable(dataset, f"label {unseen[0]} is tested but never trained", "give training examples of each class")
    return dataset


def _check_inputs(dataset: Dataset, part: str, X: Array, y: Array) -> None:
    if X.ndim != 2 or X.dtype.kind not in "buif":
        raise _unusable(
            dataset, f"{part} inputs have shape {X.shape}, dtype {X.dtype}", "numbers, one row an example, are needed"
        )
    if len(X) != len(y):
        raise _unusable(dataset, f"{len(X):,} {part} inputs but {len(y):,} labels", "each example needs one label")
    if not X.size:
        raise _unusable(dataset, f"{len(X):,} {part} examples of {X.shape[1]:,} inputs", "at least one of each is needed")
    # A table's empty cells are NaN; its reader let nothing else pass.
    if X.dtype.kind == "f" and dataset.table is None:
        _check_finite(dataset, part, X)


def _check_finite(dataset: Dataset, part: str, X: Array) -> None:
    first = 0
    for rows in iterate_rows(X):
        if not np.isfinite(rows).all():
            row, column = np.argwhere(~np.isfinite(rows))[0]
            where = f"{part} row {first + row + 1}, column {column + 1}"
            raise _unusable(dataset, f"{where} is {rows[row, column]}", "correct or drop that row")
        first += len(rows)


def _check_targets(dataset: Dataset, part: str, y: Array) -> None:
    if y.ndim != 1 or y.dtype != np.float64 or not np.isfinite(y).all():
        raise _unusable(dataset, f"{part} targets have shape {y.shape}, dtype {y.dtype}", "finite numbers are needed")


def _check_labels(dataset: Dataset, part: str, y: Array) -> None:
    if y.ndim != 1 or y.dtype != np.int64:
        raise _unusable(
            dataset, f"{part} labels have shape {y.shape}, dtype {y.dtype}", "whole numbers, one an example, are needed"
        )
    wrong = np.flatnonzero((y < 0) | (y >= dataset.num_classes))
    if len(wrong):
        reason = f"{part} label {y[wrong[0]]} at row {wrong[0] + 1}"
        raise _unusable(dataset, reason, f"labels go from 0 to {dataset.num_classes - 1}")


def _unusable(dataset: Dataset, reason: str, next_step: str) -> DataError:
    return DataError(f"data {safe_text(dataset.name, 120)}: {reason}; {next_step}")
