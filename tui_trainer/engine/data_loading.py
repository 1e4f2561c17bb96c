"""From the name of a data source to the data set: the one door to data for trainer and server.

idx files, npy folders and a kept mnist load without scikit-learn, whose import takes 1.8 s. Never chooses a source: an unset
one is resolved before, by `runs.data_source.resolve_source`.
"""

from __future__ import annotations

from pathlib import Path

from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.digits import load_digits
from tui_trainer.engine.idx_files import read_idx_folder
from tui_trainer.engine.load_progress import OnProgress, no_progress
from tui_trainer.engine.npy_folder import read_npy_folder
from tui_trainer.engine.numpy_archive import read_npz
from tui_trainer.engine.openml_mnist import fetch_mnist, load_mnist
from tui_trainer.engine.openml_tables import fetch_openml_table
from tui_trainer.engine.parquet_spool import is_spooled, load_spooled
from tui_trainer.engine.table_dataset import build_table_dataset
from tui_trainer.engine.table_sources import TABLE_SCHEMES, check_columns_are_named, read_table
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.data_source import OPENML_IMAGES, check_source, is_kept, scheme_of
from tui_trainer.runs.errors import DataError, UsageError
from tui_trainer.runs.paths import data_folder
from tui_trainer.runs.safe_text import safe_text


def load_dataset(source: str, split_seed: int, progress: OnProgress = no_progress) -> Dataset:
    """The data set of `source`, checked, with its split; `split_seed` counts where the source has no split of its own.

    UsageError where `source` is none, DataError where its data cannot be had or used, ResourceError where disk or memory
    refuse. Only what is not kept yet takes long, opens a connection, and calls `progress`.
    """
    return load_configured(DataConfig(source=_checked(source), split_seed=split_seed), progress)


def load_configured(data: DataConfig, progress: OnProgress = no_progress) -> Dataset:
    """As `load_dataset`, with all that a configuration says of a table's target, task and empty cells."""
    source = _checked(str(data.source))
    scheme, _, path = source.partition(":")
    if scheme == "parquet" and is_spooled(Path(path), data):
        return load_spooled(Path(path), data, progress)
    if scheme in TABLE_SCHEMES:
        return build_table_dataset(read_table(source, data, progress), data)
    if scheme == "npz":
        check_columns_are_named(source, data)
        return read_npz(Path(path), data)
    if scheme == "npy":
        return read_npy_folder(Path(path))
    if scheme == "idx":
        return read_idx_folder(Path(path))
    if scheme in OPENML_IMAGES:
        return load_mnist(progress, scheme)
    return load_digits(data.split_seed)


def fetch_dataset(source: str, progress: OnProgress = no_progress) -> Dataset:
    """As `load_dataset`, but what is kept of a download and cannot be used is downloaded anew."""
    try:
        return load_dataset(source, 0, progress)
    except DataError:
        if not _is_downloaded(source) or not is_kept(source, data_folder()):
            raise
    if source in OPENML_IMAGES:
        return fetch_mnist(progress, source)
    fetch_openml_table(source, progress)
    return load_dataset(source, 0, progress)


def _is_downloaded(source: str) -> bool:
    return source in OPENML_IMAGES or scheme_of(source) == "openml"


def _checked(source: str) -> str:
    try:
        return check_source(source)
    except ValueError as error:
        raise UsageError(f'data source "{safe_text(source, 80)}" {error}') from None
