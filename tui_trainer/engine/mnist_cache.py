"""MNIST, or Fashion-MNIST of the same form, as kept: four .npy files in `$MLP_TUI_HOME/data/mnist/`, published whole.

Written by `openml_mnist` alone; read memory-mapped, without scikit-learn, by every trainer. Files are trusted for their
values but not for their form: each must be exactly the array that was kept.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.dataset import Dataset, check_dataset
from tui_trainer.engine.npy_faults import NPY_FAULTS
from tui_trainer.runs.data_source import CACHED_ARRAYS, is_kept, kept_folder
from tui_trainer.runs.errors import DataError, ResourceError
from tui_trainer.runs.paths import ensure_folder
from tui_trainer.runs.publisher import delete_folder, publish_folder
from tui_trainer.runs.safe_text import safe_text

NUM_TRAIN = 60_000
NUM_TEST = 10_000
NUM_INPUTS = 784
DIVISOR = 255.0
_CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
CLASS_NAMES = {"mnist": tuple(str(digit) for digit in range(10)), "fashion": _CLOTHES}
"""Source: the list in Fashion-MNIST's README, in the order of its labels."""

_FORMS: dict[str, tuple[tuple[int, ...], str]] = {
    "train_X": ((NUM_TRAIN, NUM_INPUTS), "uint8"),
    "train_y": ((NUM_TRAIN,), "int64"),
    "test_X": ((NUM_TEST, NUM_INPUTS), "uint8"),
    "test_y": ((NUM_TEST,), "int64"),
}


def build_mnist(X: NDArray[np.uint8], y: NDArray[np.int64], source: str = "mnist") -> Dataset:
    """The data set of all 70,000 examples in OpenML's order, X (N, 784) and y (N,): the first 60,000 to train."""
    arrays: dict[str, NDArray[Any]] = {
        "train_X": X[:NUM_TRAIN],
        "train_y": y[:NUM_TRAIN],
        "test_X": X[NUM_TRAIN:],
        "test_y": y[NUM_TRAIN:],
    }
    return _check_mnist(arrays, source)


def read_mnist(data_home: Path, source: str = "mnist") -> Dataset:
    """The kept data set, its arrays memory-mapped and read-only; DataError where a file is not what was kept."""
    folder = kept_folder(source, data_home)
    return _check_mnist({name: _read_array(folder / f"{name}.npy", *_FORMS[name]) for name in CACHED_ARRAYS}, source)


def keep_mnist(dataset: Dataset, data_home: Path) -> None:
    """Keep `dataset`, mnist or fashion by its name, in place of what was kept; ResourceError where the disk refuses."""
    files = {f"{name}.npy": _format_array(getattr(dataset, name)) for name in CACHED_ARRAYS}
    source = dataset.name if dataset.name in CLASS_NAMES else "mnist"
    folder = kept_folder(source, data_home)
    try:
        ensure_folder(data_home)
        delete_folder(folder)
        publish_folder(folder, files)
    except OSError as error:
        # Another process may have kept the same data between these two lines.
        if not is_kept(source, data_home):
            raise ResourceError(
                f"{source} cannot be kept ({error.strerror or error}), it needs 60 MB; free space in {safe_text(folder, 120)}"
            ) from error


def _check_mnist(arrays: dict[str, NDArray[Any]], source: str) -> Dataset:
    return check_dataset(
        Dataset(
            name=source,
            train_X=arrays["train_X"],
            train_y=arrays["train_y"],
            test_X=arrays["test_X"],
            test_y=arrays["test_y"],
            divisor=DIVISOR,
            class_names=CLASS_NAMES[source],
            image_shape=(28, 28),
        )
    )


def _read_array(path: Path, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    try:
        # Unlike np.load it reads nothing but .npy, and has no way to a pickle.
        array = np.lib.format.open_memmap(path, mode="r")
        size = path.stat().st_size
    except (OSError, *NPY_FAULTS) as error:
        raise _damaged(path, "cannot be read as the array that was kept") from error
    if array.shape != shape or array.dtype != np.dtype(dtype).newbyteorder("<") or not array.flags.c_contiguous:
        raise _damaged(path, f"holds {array.dtype} of shape {array.shape}, not {dtype} of shape {shape}")
    if size != array.offset + array.nbytes:
        raise _damaged(path, f"has {size:,} bytes, not {array.offset + array.nbytes:,}")
    return array


def _damaged(path: Path, reason: str) -> DataError:
    where, source = safe_text(path.parent, 90), path.parent.name
    return DataError(f"{source} as kept is damaged: {path.name} {reason}; run `mlp-tui data fetch {source}`, or delete {where}")


def _format_array(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()
