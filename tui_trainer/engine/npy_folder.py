"""A folder of four .npy arrays as a data set, memory-mapped: for sets that are made by another program, or do not fit.

train_X.npy and test_X.npy (N, D) of any number type, train_y.npy and test_y.npy (N,) of whole numbers from 0. Unsigned bytes
are divided by 255, everything else is taken as it is. Nothing here can run code: .npy only, no pickled objects.
"""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np

from tui_trainer.engine.dataset import Array, Dataset, check_dataset
from tui_trainer.engine.npy_faults import NPY_FAULTS
from tui_trainer.runs.data_source import CACHED_ARRAYS
from tui_trainer.runs.errors import DataError
from tui_trainer.runs.safe_text import safe_text

MAX_CLASSES = 100_000


def read_npy_folder(folder: Path) -> Dataset:
    """The data set in `folder`; DataError names the file, what is wrong with it and the next step."""
    if not folder.is_dir():
        raise DataError(f"{safe_text(folder, 160)} is no folder; give one with {', '.join(f'{n}.npy' for n in CACHED_ARRAYS)}")
    arrays = {name: map_array(folder / f"{name}.npy") for name in CACHED_ARRAYS}
    for part in ("train", "test"):
        arrays[f"{part}_y"] = _labels(arrays[f"{part}_y"], folder / f"{part}_y.npy")
    train_X, num_classes = arrays["train_X"], int(arrays["train_y"].max(initial=0)) + 1
    if num_classes > MAX_CLASSES:
        raise DataError(f"{safe_text(folder / 'train_y.npy', 160)} has label {num_classes - 1:,}; number classes from 0 on")
    return check_dataset(
        Dataset(
            name=f"npy:{folder}",
            train_X=arrays["train_X"],
            train_y=arrays["train_y"],
            test_X=arrays["test_X"],
            test_y=arrays["test_y"],
            divisor=255.0 if train_X.dtype == np.uint8 else 1.0,
            class_names=tuple(str(label) for label in range(num_classes)),
            image_shape=image_shape_of(train_X),
        )
    )


def map_array(path: Path) -> Array:
    """The numbers in an .npy file, memory-mapped; DataError for anything else."""
    where = safe_text(path, 160)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"{where} is no regular file; write it with numpy.save")
        array = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise DataError(f"{where} is missing; write it with numpy.save") from None
    except (OSError, *NPY_FAULTS) as error:
        raise DataError(f"{where} is no array that can be mapped ({safe_text(error, 60)}); write it with numpy.save") from None
    if array.dtype.hasobject or array.dtype.kind not in "buif" or not array.flags.c_contiguous:
        raise DataError(f"{where} holds {array.dtype}; numbers in C order are needed")
    if status.st_size != array.offset + array.nbytes:
        raise DataError(f"{where} has {status.st_size:,} of {array.offset + array.nbytes:,} bytes; write it anew")
    return array


def _labels(array: Array, path: Path) -> Array:
    if array.dtype.kind not in "ui" or array.ndim != 1:
        raise DataError(
            f"{safe_text(path, 160)} holds {array.dtype} of shape {array.shape}; whole numbers, one an example, are needed"
        )
    return np.asarray(array, dtype=np.int64)


def image_shape_of(X: Array) -> tuple[int, int] | None:
    """Rows and columns where the inputs are the bytes of a square image."""
    side = round(X.shape[-1] ** 0.5)
    return (side, side) if X.dtype == np.uint8 and side * side == X.shape[-1] else None
