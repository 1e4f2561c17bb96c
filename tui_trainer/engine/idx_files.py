"""MNIST's own file format: the four idx files of a folder, each plain or packed with gzip.

Source: yann.lecun.com/exdb/mnist: two zero bytes, one byte for the type (8: unsigned bytes), one for the number of
dimensions, each dimension as a big-endian 32-bit number, then the values. A file is read as untrusted: regular files alone,
never more bytes than its header announces, and every fault is a DataError that names file, reason and next step. Never
imports scikit-learn.
"""

from __future__ import annotations

import gzip
import io
import math
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.dataset import Dataset, check_dataset
from tui_trainer.runs.errors import DataError, ResourceError
from tui_trainer.runs.safe_text import safe_text

DIVISOR = 255.0
MAX_BYTES = 1 << 32
MAX_PIXELS = 1_000_000

# One byte of deflate gives at most 1,032 (zlib's technical notes), so a header that announces more lies.
_MAX_INFLATION = 1032
_CHUNK_BYTES = 1 << 20
_FETCH_AGAIN = "fetch the file again"

Bytes = NDArray[np.uint8]


def read_idx_folder(folder: Path) -> Dataset:
    """The data set in `folder`, split as its files are; labels may be any of 0 to 255, classes are counted in training."""
    _check_folder(folder)
    train_images, train_labels = _read_part(folder, "train")
    test_images, test_labels = _read_part(folder, "t10k")
    _, rows, columns = train_images.shape
    return check_dataset(
        Dataset(
            name=f"idx:{folder}",
            train_X=train_images.reshape(len(train_images), -1),
            train_y=train_labels.astype(np.int64),
            test_X=test_images.reshape(len(test_images), -1),
            test_y=test_labels.astype(np.int64),
            divisor=DIVISOR,
            class_names=tuple(str(label) for label in range(int(train_labels.max()) + 1)),
            image_shape=(rows, columns),
        )
    )


def _check_folder(folder: Path) -> None:
    try:
        reason = "" if stat.S_ISDIR(folder.stat().st_mode) else "is not a folder"
    except FileNotFoundError:
        reason = "does not exist"
    except (OSError, ValueError) as error:
        reason = f"cannot be opened ({getattr(error, 'strerror', None) or error})"
    if not reason and not os.access(folder, os.X_OK):
        reason = "may not be read by this user"
    if reason:
        raise DataError(f"the folder {safe_text(folder, 160)} {reason}; give the one with MNIST's four files, as in idx:DIR")


def _read_part(folder: Path, part: str) -> tuple[Bytes, Bytes]:
    """(images (N, rows, columns), labels (N,)) of one part."""
    # Labels first: they are small, and their number bounds what the images' file may announce.
    labels = read_idx_file(_find_file(folder, f"{part}-labels", 1), num_dims=1)
    images = read_idx_file(_find_file(folder, f"{part}-images", 3), num_dims=3, num_items=len(labels))
    return images, labels


def _find_file(folder: Path, stem: str, num_dims: int) -> Path:
    """The first that is there of the four usual spellings of a name."""
    names = [f"{stem}{dash}idx{num_dims}-ubyte{suffix}" for dash in "-." for suffix in ("", ".gz")]
    for name in names:
        if os.path.lexists(folder / name):
            return folder / name
    raise DataError(f"no {names[0]} in {safe_text(folder, 90)}; looked for {', '.join(names)}: put one there")


def read_idx_file(path: Path, num_dims: int, num_items: int | None = None) -> Bytes:
    """The values of one file as uint8, in its own shape; `num_items`, where given, is how many it must hold.

    DataError where the file is not what it should be, ResourceError where it does not fit into memory.
    """
    try:
        with _open_regular(path) as file:
            if path.suffix != ".gz":
                return _read_values(path, file, num_dims, num_items, capacity=os.fstat(file.fileno()).st_size)
            capacity = os.fstat(file.fileno()).st_size * _MAX_INFLATION
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read_values(path, unpacked, num_dims, num_items, capacity)
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _unreadable(path, f"is no sound gzip file ({error})") from error
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({error.strerror})", "check the file and its permissions") from error
    except MemoryError as error:
        raise ResourceError(
            f"{path.name}: does not fit into memory; use a smaller set (in {safe_text(path.parent, 120)})"
        ) from error


@contextmanager
def _open_regular(path: Path) -> Iterator[io.BufferedIOBase]:
    # Looked at before it is opened, because opening a device can act on it; and after, because it may have been replaced.
    if not stat.S_ISREG(path.stat().st_mode):
        raise _unreadable(path, "is not a regular file", "replace it by the idx file")
    # Without O_NONBLOCK the opening of a pipe would wait for its writer.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _unreadable(path, "is not a regular file", "replace it by the idx file")
        yield file


def _read_values(path: Path, file: io.BufferedIOBase, num_dims: int, num_items: int | None, capacity: int) -> Bytes:
    shape = _read_shape(path, file, num_dims)
    if num_items is not None and shape[0] != num_items:
        raise _unreadable(path, f"{shape[0]:,} images but {num_items:,} labels", "fetch both files again, from one source")
    num_bytes = math.prod(shape)
    if not num_bytes:
        raise _unreadable(path, f"is empty: its shape is {_times(shape)}")
    if num_bytes > MAX_BYTES or math.prod(shape[1:]) > MAX_PIXELS:
        raise _unreadable(path, f"announces {_times(shape)} values, too many", "use a smaller set")
    num_header = 4 + 4 * num_dims
    if num_header + num_bytes > capacity:
        raise _truncated(path, capacity if path.suffix != ".gz" else None, num_header + num_bytes)
    values = np.empty(num_bytes, dtype=np.uint8)
    num_read = _fill(file, values.data)
    if num_read < num_bytes:
        raise _truncated(path, num_header + num_read, num_header + num_bytes)
    _check_end(path, file, num_bytes)
    return values.reshape(shape)


def _check_end(path: Path, file: io.BufferedIOBase, num_bytes: int) -> None:
    try:
        # Reading on is also what makes gzip look for its checksum and compare it.
        goes_on = bool(file.read(1))
    except EOFError:
        raise _unreadable(path, "truncated: gzip's checksum at its end is missing") from None
    if goes_on:
        raise _unreadable(path, f"goes on after the {num_bytes:,} values that its header announces")


def _read_shape(path: Path, file: io.BufferedIOBase, num_dims: int) -> tuple[int, ...]:
    header = bytearray(4 + 4 * num_dims)
    num_read = _fill(file, memoryview(header))
    magic, expected = bytes(header[:4]), bytes([0, 0, 8, num_dims])
    if num_read >= 2 and magic[:2] == b"\x1f\x8b":
        raise _unreadable(path, "is packed with gzip", f"name it {path.name}.gz")
    if num_read >= 4 and magic != expected:
        raise _unreadable(
            path, f"begins with {magic.hex()}, not with {expected.hex()}", "it is another kind of file: replace it"
        )
    if num_read < len(header):
        raise _truncated(path, num_read, len(header))
    return struct.unpack_from(f">{num_dims}I", header, 4)


def _fill(file: io.BufferedIOBase, room: memoryview) -> int:
    """Read until `room` is full or the file ends, packed or not; the number of bytes read."""
    num_read = 0
    while num_read < len(room):
        try:
            count = file.readinto(room[num_read : num_read + _CHUNK_BYTES])
        except EOFError:
            break
        if not count:
            break
        num_read += count
    return num_read


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape)


def _truncated(path: Path, num_found: int | None, num_expected: int) -> DataError:
    found = f"{num_found:,}" if num_found is not None else "far fewer"
    return _unreadable(path, f"truncated: {found} of {num_expected:,} bytes")


def _unreadable(path: Path, reason: str, next_step: str = _FETCH_AGAIN) -> DataError:
    return DataError(f"{path.name}: {reason}; {next_step} (in {safe_text(path.parent, 120)})")
