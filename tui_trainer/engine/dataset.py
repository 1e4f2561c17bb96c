"""A data set in memory: raw arrays as they were loaded, how they are scaled, and what identifies them.

Made by the loaders of this room only (`idx_files`, `openml_mnist`, `digits`), each of which passes it through
`check_dataset`. Never downloads, never reads a file, knows no torch.

Shape letters: N examples, D inputs, C classes.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.runs.errors import DataError
from tui_trainer.runs.safe_text import safe_text

Array = NDArray[Any]

CHUNK_BYTES = 64 << 20
"""Bytes of an array that are looked at in one go, so that a set larger than the memory can be checked."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """One data set with its split; arrays may be memory-mapped and read-only."""

    name: str
    """The data source as it is written, for example `mnist` or `idx:/data/mnist`."""
    train_X: Array
    """(N, D) inputs to train on, before scaling, in the dtype in which they were loaded (images: uint8)."""
    train_y: NDArray[np.int64]
    """(N,) labels 0 ... C-1."""
    test_X: Array
    """(N, D) inputs to test on, before scaling."""
    test_y: NDArray[np.int64]
    """(N,) labels 0 ... C-1."""
    divisor: float
    """What `scaled` divides by: the largest raw value that the source can hold."""
    class_names: tuple[str, ...]
    """One name for each class, in the order of the labels."""
    image_shape: tuple[int, int] | None
    """(rows, columns) where D is an image, row by row; else None."""

    @property
    def num_inputs(self) -> int:
        """D."""
        return int(self.train_X.shape[1])

    @property
    def num_classes(self) -> int:
        """C."""
        return len(self.class_names)

    @property
    def num_train(self) -> int:
        """Examples to train on."""
        return len(self.train_y)

    @property
    def num_test(self) -> int:
        """Examples to test on."""
        return len(self.test_y)

    def scaled(self, X: Array) -> NDArray[np.float32]:
        """`X` (any shape) as the network takes it: float32, C-contiguous, divided by `divisor` in float32; a copy always."""
        scaled = np.array(X, dtype=np.float32, order="C")
        scaled /= np.float32(self.divisor)
        return scaled

    def preprocessing(self) -> dict[str, Any]:
        """What a manifest says of the way from raw values to the network's inputs and back to classes; strict JSON."""
        return {
            "divisor": float(self.divisor),
            "dtype": "float32",
            "image_shape": list(self.image_shape) if self.image_shape else None,
            "class_names": list(self.class_names),
        }

    def fingerprint(self) -> str:
        """SHA-256 in hexadecimal over the raw arrays: equal for the same data from whatever source.

        Over train_X, train_y, test_X, test_y in this order, each as: that name in UTF-8, a zero byte, numpy's name of the
        dtype (`uint8`, `int64`), a zero byte, the shape as decimal numbers joined by commas, a zero byte, the array's bytes
        (C order, little-endian).
        """
        digest = hashlib.sha256()
        for name in ("train_X", "train_y", "test_X", "test_y"):
            array: Array = getattr(self, name)
            shape = ",".join(str(size) for size in array.shape)
            digest.update(f"{name}\0{array.dtype.name}\0{shape}\0".encode())
            for rows in iterate_rows(array):
                little_endian = np.ascontiguousarray(rows, dtype=array.dtype.newbyteorder("<"))
                digest.update(little_endian.reshape(-1).view(np.uint8).data)
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
        _check_labels(dataset, part, y)
    if dataset.train_X.shape[1] != dataset.test_X.shape[1]:
        widths = f"{dataset.train_X.shape[1]} inputs to train on, {dataset.test_X.shape[1]} to test on"
        raise _unusable(dataset, widths, "both parts must have the same columns")
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
    if X.dtype.kind == "f":
        _check_finite(dataset, part, X)


def _check_finite(dataset: Dataset, part: str, X: Array) -> None:
    first = 0
    for rows in iterate_rows(X):
        if not np.isfinite(rows).all():
            row, column = np.argwhere(~np.isfinite(rows))[0]
            where = f"{part} row {first + row + 1}, column {column + 1}"
            raise _unusable(dataset, f"{where} is {rows[row, column]}", "correct or drop that row")
        first += len(rows)


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
