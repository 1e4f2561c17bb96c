"""Numbers on the way from columns to rows through files, by position and never mapped.

A memory map counts every page that it touches as the process's own, and those around it that the kernel maps along: turning a
table of 1 GB through maps took 1.1 GB of resident memory, through these files 0.2 GB.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from tui_trainer.engine.file_rows import read_at

Floats = NDArray[np.float64]
_BYTES = 8


class ColumnFile:
    """Columns of `num_rows` float64 each, written one after the other, read as blocks of rows; gone once it is left."""

    def __init__(self, path: Path, num_rows: int) -> None:
        """Makes the file at `path`."""
        self._path, self._num_rows = path, num_rows
        self.num_columns = 0
        """Columns that were written."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def append(self, values: Floats) -> None:
        """The next column (num_rows,)."""
        _write_at(self._descriptor, values, self.num_columns * self._num_rows * _BYTES)
        self.num_columns += 1

    def read_rows(self, start: int, stop: int) -> Floats:
        """Rows from `start` to before `stop`, (stop - start, number of columns), in C order."""
        columns = np.empty((self.num_columns, stop - start))
        for index, column in enumerate(columns):
            position = (index * self._num_rows + start) * _BYTES
            read_at(self._descriptor, column.data.cast("B"), position, str(self._path))
        return np.ascontiguousarray(columns.T)

    def __enter__(self) -> ColumnFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self._descriptor)
        self._path.unlink()


class RowFile:
    """An .npy file of float64 (num_rows, num_columns) whose rows are written in any order; on the disk once it is left."""

    def __init__(self, path: Path, num_rows: int, num_columns: int) -> None:
        """Makes the file at `path`, all zeros."""
        self._offset = int(open_memmap(path, mode="w+", dtype=np.float64, shape=(num_rows, num_columns)).offset)
        self._row_bytes = num_columns * _BYTES
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)

    def write(self, places: NDArray[np.int64], rows: Floats) -> None:
        """Row i of `rows` (M, num_columns), in C order, becomes row `places[i]`."""
        for place, row in zip(places.tolist(), rows, strict=True):
            _write_at(self._descriptor, row, self._offset + place * self._row_bytes)

    def __enter__(self) -> RowFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is None:
                os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)


def _write_at(descriptor: int, values: Floats, position: int) -> None:
    view = np.ascontiguousarray(values).data.cast("B")
    while view:
        count = os.pwrite(descriptor, view, position)
        view, position = view[count:], position + count
