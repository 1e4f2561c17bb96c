"""An .npz of numpy.savez as a data set: X and y, or x_train, y_train, x_test and y_test with a split of their own.

Unsigned bytes are taken for pixels and divided by 255; other numbers become a table whose columns are standardised. Nothing
here can run code (no pickled objects), and no more is unpacked than the archive's size and the free memory warrant.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.dataset import Array, Dataset, check_dataset
from tui_trainer.engine.npy_faults import NPY_FAULTS
from tui_trainer.engine.npy_folder import image_shape_of
from tui_trainer.engine.table import MAX_CLASSES, MAX_COLUMNS, Column, Table, format_number
from tui_trainer.engine.table_dataset import build_table_dataset, split_rows
from tui_trainer.engine.text_lines import open_regular
from tui_trainer.runs.config import DataConfig, Task
from tui_trainer.runs.errors import ConfigError, DataError, FieldError
from tui_trainer.runs.memory_budget import format_bytes, free_bytes
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.table_peek import NPZ_NAMES

MAX_INFLATION = 100
"""An archive that would unpack to more times its size is refused, unless it is small."""
SMALL_BYTES = 64 << 20


def read_npz(path: Path, data: DataConfig) -> Dataset:
    """The data set in the archive at `path`; DataError names the array, what is wrong with it and the next step."""
    where = safe_text(path, 120)
    with open_regular(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                arrays = _read_arrays(archive, path.stat().st_size, where)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise DataError(f"{where} is no sound .npz ({safe_text(error, 60)}); write it with numpy.savez") from None
    X, y = arrays[0], arrays[1]
    if X.dtype != np.uint8:
        if len(arrays) > 2:
            raise DataError(f"{where} has a split of its own, which is taken of pixels (uint8) only; give X and y alone")
        return build_table_dataset(_table(path, X, y, where), data)
    return _images(path, arrays, data, where)


def _read_arrays(archive: zipfile.ZipFile, num_packed: int, where: str) -> list[Array]:
    entries = {entry.filename: entry for entry in archive.infolist()}
    names = next((names for names in NPZ_NAMES if all(f"{name}.npy" in entries for name in names)), None)
    if names is None:
        held = safe_text(", ".join(name.removesuffix(".npy") for name in sorted(entries)[:6]), 60) or "nothing"
        raise DataError(f"{where} holds {held}; X and y, or x_train, y_train, x_test and y_test are needed")
    total = sum(entries[f"{name}.npy"].file_size for name in names)
    if total > max(SMALL_BYTES, num_packed * MAX_INFLATION):
        sizes = f"{format_bytes(num_packed)} that would unpack to {format_bytes(total)}"
        raise DataError(f"{where} has {sizes}; write it with numpy.savez, which does not pack")
    if total * 8 > free_bytes() // 2:
        raise DataError(f"{where} has {format_bytes(total)} of arrays, too much for the free memory; convert it to npy:DIR")
    arrays = []
    for name in names:
        with archive.open(entries[f"{name}.npy"]) as file:
            arrays.append(_read_array(file, entries[f"{name}.npy"].file_size, f"{where}: {name}"))
    for index in range(0, len(arrays), 2):
        arrays[index : index + 2] = _shaped(arrays[index], arrays[index + 1], where)
    return arrays


def _read_array(file: IO[bytes], num_bytes: int, where: str) -> Array:
    try:
        version = np.lib.format.read_magic(file)
        read_header: Any = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, is_fortran, dtype = read_header(file)
    except (*NPY_FAULTS, KeyError):
        raise DataError(f"{where} is no array; write it with numpy.savez") from None
    if dtype.hasobject or dtype.kind not in "buifU":
        raise DataError(f"{where} holds {safe_text(dtype, 40)}; numbers are needed")
    needed = math.prod(shape) * dtype.itemsize
    if needed > num_bytes:
        raise DataError(f"{where} announces {format_bytes(needed)} and has {format_bytes(num_bytes)}; write it anew")
    data = file.read(needed)
    if len(data) != needed:
        raise DataError(f"{where} has {len(data):,} of {needed:,} bytes; write it anew")
    return np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if is_fortran else "C")


def _shaped(X: Array, y: Array, where: str) -> tuple[Array, Array]:
    """X (N, D) and y (N,)."""
    if X.dtype.kind not in "buif" or X.ndim < 2:
        raise DataError(f"{where}: X holds {X.dtype} of shape {X.shape}; numbers, one row an example, are needed")
    y = y.reshape(-1) if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim != 1 or len(y) != len(X) or not len(X):
        raise DataError(f"{where}: X has shape {X.shape} and y {y.shape}; one target for each example is needed")
    return X.reshape(len(X), -1), y


def _table(path: Path, X: Array, y: Array, where: str) -> Table:
    if X.shape[1] > MAX_COLUMNS:
        raise DataError(f"{where}: X has {X.shape[1]:,} columns, at most {MAX_COLUMNS:,} are read; convert it to npy:DIR")
    values = X.astype(np.float64)
    columns = [_column(f"X{index + 1}", values[:, index], where) for index in range(X.shape[1])]
    target = _target(y, where)
    return Table(f"npz:{path}", (*columns, target), target="y", has_number_target=y.dtype.kind == "f", is_frame=False)


def _column(name: str, values: NDArray[np.float64], where: str) -> Column:
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise DataError(
            f"{where}: {name} is infinite in row {infinite[0] + 1:,} ({len(infinite):,} such cells); drop those rows"
        )
    return Column(name, np.ascontiguousarray(values))


def _target(y: Array, where: str) -> Column:
    if y.dtype.kind != "U":
        return _column("y", y.astype(np.float64), where)
    names, codes = np.unique(y, return_inverse=True)
    return Column("y", codes.astype(np.float64), tuple(str(name) for name in names[: MAX_CLASSES + 1]))


def _images(path: Path, arrays: list[Array], data: DataConfig, where: str) -> Dataset:
    if data.task is Task.REGRESSION:
        raise ConfigError([FieldError("data.task", f"{where} holds pixels, whose targets are classes; take auto")])
    classes = np.unique(np.concatenate(arrays[1::2]))
    if len(classes) > MAX_CLASSES or (classes.dtype.kind == "f" and (classes != np.trunc(classes)).any()):
        raise DataError(f"{where}: y has {len(classes):,} different values, which are no classes; give whole numbers")
    names = tuple(str(value) if classes.dtype.kind == "U" else format_number(value) for value in classes)
    labels = [np.searchsorted(classes, y).astype(np.int64) for y in arrays[1::2]]
    if len(arrays) == 2:
        train, test = split_rows(labels[0], names, data.split_seed, where)
        parts = (arrays[0][train], labels[0][train], arrays[0][test], labels[0][test])
    else:
        parts = (arrays[0], labels[0], arrays[2], labels[1])
    return check_dataset(
        Dataset(
            name=f"npz:{path}",
            train_X=parts[0],
            train_y=parts[1],
            test_X=parts[2],
            test_y=parts[3],
            divisor=255.0,
            class_names=names,
            image_shape=image_shape_of(parts[0]),
        )
    )
