"""MNIST and Fashion-MNIST, which has its form, from OpenML: downloaded once by scikit-learn's fetch_openml and then kept.

Nothing is believed: scikit-learn compares the md5, shape and values are looked at here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.load_progress import OnProgress, no_progress
from tui_trainer.engine.mnist_cache import NUM_INPUTS, NUM_TEST, NUM_TRAIN, build_mnist, keep_mnist, read_mnist
from tui_trainer.engine.openml_download import download, failed
from tui_trainer.runs.data_source import OPENML_IMAGES, is_kept
from tui_trainer.runs.paths import data_folder

OPENML_NAMES = {"mnist": "mnist_784", "fashion": "Fashion-MNIST"}
"""What OpenML calls them; version 1 of each, the examples to train on first, as in the files that they were made from."""

# Left to itself pandas takes eight bytes a pixel, three times the time, and from 3.1 on it reads unquoted classes as numbers,
# which scikit-learn 1.9.1 cannot take (its issue 34892). float32 still shows fractions, gaps and values out of range.
_COLUMN_TYPES: dict[int, str] = {**dict.fromkeys(range(NUM_INPUTS), "float32"), NUM_INPUTS: "str"}


def load_mnist(progress: OnProgress = no_progress, source: str = "mnist") -> Dataset:
    """The images of `source`: as kept where they are, else downloaded, parsed and kept; DataError or ResourceError."""
    if is_kept(source, data_folder()):
        return read_mnist(data_folder(), source)
    return fetch_mnist(progress, source)


def fetch_mnist(progress: OnProgress = no_progress, source: str = "mnist") -> Dataset:
    """They are downloaded anew, in place of what was kept before, which stays where the download fails."""
    X, y = download(source, OPENML_IMAGES[source], progress, lambda folder: _fetch(source, folder))
    keep_mnist(build_mnist(_parse_pixels(source, X), _parse_labels(source, y), source), data_folder())
    return read_mnist(data_folder(), source)


def _fetch(source: str, folder: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """X (N, D) and y (N,) as scikit-learn gives them."""
    from sklearn.datasets import fetch_openml

    X, y = fetch_openml(
        OPENML_NAMES[source],
        version=1,
        as_frame=False,
        return_X_y=True,
        n_retries=1,
        parser="auto",
        data_home=folder,
        read_csv_kwargs={"dtype": _COLUMN_TYPES},
    )
    return np.asarray(X), np.asarray(y)


def _parse_pixels(source: str, X: NDArray[Any]) -> NDArray[np.uint8]:
    """X as uint8 (70,000, 784); DataError unless each value is a whole number from 0 to 255."""
    if X.shape != (NUM_TRAIN + NUM_TEST, NUM_INPUTS) or X.dtype.kind not in "uif":
        raise failed(source, f"it holds {X.dtype} of shape {X.shape}, not 70,000 images of 784 numbers")
    # Comparing after the cast finds all of it at once: fractions, values out of range, NaN.
    with np.errstate(invalid="ignore"):
        pixels = X.astype(np.uint8, order="C")
    if not np.array_equal(pixels, X):
        raise failed(source, "a pixel is not a whole number from 0 to 255")
    return pixels


def _parse_labels(source: str, y: NDArray[Any]) -> NDArray[np.int64]:
    """y as int64 (70,000,); DataError unless each is one of '0' ... '9'."""
    labels = np.char.strip(y.astype(str), "'")
    if y.shape != (NUM_TRAIN + NUM_TEST,) or not np.isin(labels, [str(digit) for digit in range(10)]).all():
        raise failed(source, "a label is not one of 0 to 9")
    return labels.astype(np.int64)
