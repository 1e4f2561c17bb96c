"""Rows of an array in a file, read by position: memory stays at what one batch takes, however large the file is.

A memory map would do the same work, but every page that it touches, and those that Linux maps around it, count as the
process's own until they are let go. Safe to use from several threads and from forked workers.
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.dataset import Array
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.safe_text import safe_text


class FileRows:
    """The rows of a memory-mapped array (N, ...) in C order, read from its file anew."""

    def __init__(self, mapped: np.memmap) -> None:
        self._path = str(mapped.filename)
        self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        self._offset = int(mapped.offset)
        self._row_shape, self._dtype = mapped.shape[1:], mapped.dtype
        self._row_bytes = mapped.nbytes // len(mapped)

    def __del__(self) -> None:
        os.close(self._descriptor)

    def take(self, index: NDArray[np.int64]) -> Array:
        """Copies of the rows `index` (B,), in this order."""
        rows = np.empty((len(index), *self._row_shape), self._dtype)
        target = rows.data.cast("B")
        for place, row in enumerate(index.tolist()):
            self._read(target[place * self._row_bytes : (place + 1) * self._row_bytes], row)
        return rows

    def slice(self, start: int, stop: int) -> Array:
        """Copies of the rows from `start` to before `stop`."""
        rows = np.empty((stop - start, *self._row_shape), self._dtype)
        self._read(rows.data.cast("B"), start)
        return rows

    def _read(self, target: memoryview, row: int) -> None:
        read_at(self._descriptor, target, self._offset + row * self._row_bytes, self._path)


def read_at(descriptor: int, target: memoryview, position: int, path: str) -> None:
    """Fill `target` with the bytes from `position` on; DataError, naming `path`, where the file ends before."""
    while target:
        count = os.preadv(descriptor, [target], position)
        if count == 0:
            raise DataError(f"{safe_text(path, 160)} became shorter while it was read; write it anew")
        target, position = target[count:], position + count
