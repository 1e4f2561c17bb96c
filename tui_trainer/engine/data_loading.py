"""From the name of a data source to the data set: the one door to data for trainer and server.

idx files and a kept mnist load without scikit-learn, whose import takes 1.8 s. Never chooses a source: an unset one is
resolved before, by `runs.data_source.resolve_source`.
"""

from __future__ import annotations

from pathlib import Path

from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.digits import load_digits
from tui_trainer.engine.idx_files import read_idx_folder
from tui_trainer.engine.load_progress import OnProgress, no_progress
from tui_trainer.engine.npy_folder import read_npy_folder
from tui_trainer.engine.openml_mnist import fetch_mnist, load_mnist
from tui_trainer.runs.data_source import check_source, is_mnist_cached
from tui_trainer.runs.errors import DataError, UsageError
from tui_trainer.runs.paths import data_folder
from tui_trainer.runs.safe_text import safe_text


def load_dataset(source: str, split_seed: int, progress: OnProgress = no_progress) -> Dataset:
    """The data set of `source`, checked, with its split; `split_seed` counts where the source has no split of its own.

    UsageError where `source` is none, DataError where its data cannot be had or used, ResourceError where disk or memory
    refuse. Only a mnist that is not kept yet takes long, opens a connection, and calls `progress`.
    """
    scheme, _, path = _checked(source).partition(":")
    if scheme == "npy":
        return read_npy_folder(Path(path))
    if scheme == "idx":
        return read_idx_folder(Path(path))
    if scheme == "mnist":
        return load_mnist(progress)
    return load_digits(split_seed)


def fetch_dataset(source: str, progress: OnProgress = no_progress) -> Dataset:
    """As `load_dataset`, but what is kept of a download and cannot be used is downloaded anew."""
    try:
        return load_dataset(source, 0, progress)
    except DataError:
        if source != "mnist" or not is_mnist_cached(data_folder()):
            raise
    return fetch_mnist(progress)


def _checked(source: str) -> str:
    try:
        return check_source(source)
    except ValueError as error:
        raise UsageError(f'data source "{safe_text(source, 80)}" {error}') from None
