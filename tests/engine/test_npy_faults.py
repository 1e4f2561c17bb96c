"""A flipped bit in the header of an array is one line for each reader of arrays, whatever numpy raises for it."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tui_trainer.engine.data_loading import load_dataset
from tui_trainer.engine.npy_folder import map_array
from tui_trainer.runs.errors import DataError

HEADER_BYTES = 128


def damaged_arrays() -> Iterator[bytes]:
    """A small array with one bit of its header flipped, every bit in turn."""
    file = io.BytesIO()
    np.save(file, np.arange(12, dtype=np.int64).reshape(6, 2))
    whole = file.getvalue()
    for place in range(HEADER_BYTES):
        for bit in range(8):
            data = bytearray(whole)
            data[place] ^= 1 << bit
            yield bytes(data)


def read_file(data: bytes, folder: Path) -> None:
    """As one of npy:DIR's files, and of what is kept of a download."""
    (folder / "x.npy").write_bytes(data)
    map_array(folder / "x.npy")


def read_archive(data: bytes, folder: Path) -> None:
    """As the inputs of npz:FILE."""
    labels = io.BytesIO()
    np.save(labels, np.arange(6, dtype=np.int64) % 2)
    with zipfile.ZipFile(folder / "x.npz", "w") as archive:
        archive.writestr("X.npy", data)
        archive.writestr("y.npy", labels.getvalue())
    load_dataset(f"npz:{folder / 'x.npz'}", 0)


@pytest.mark.parametrize("read", [read_file, read_archive])
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_header_is_refused_in_one_line_or_says_the_same(tmp_path: Path, read: Callable[[bytes, Path], None]) -> None:
    num_refused = 0
    for data in damaged_arrays():
        with contextlib.suppress(DataError):
            read(data, tmp_path)
            continue
        num_refused += 1
    assert num_refused > 300
