"""Names of data sources: which exist, how they are written, where their files lie, and which one an unset source means.

No data is read here; loading is the engine's. `mnist` is kept as .npy files in `$MLP_TUI_HOME/data/mnist/` after the first
time, so its presence can be told without torch or scikit-learn.
"""

from __future__ import annotations

import os
import re
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from tui_trainer.runs.config_errors import nearest

NAMED_SOURCES = {
    "mnist": "MNIST from OpenML (mnist_784), 60,000 to train and 10,000 to test, 28 x 28; 15 MB, kept after the first time",
    "fashion": "Fashion-MNIST from OpenML, clothes of ten kinds in the form of mnist; some 35 MB, kept after the first time",
    "digits": "handwritten digits embedded in scikit-learn, 1,797 of 8 x 8; needs no network",
    "sklearn:iris": "three kinds of iris by 4 measures, 150 rows, embedded in scikit-learn",
    "sklearn:wine": "three kinds of wine by 13 measures, 178 rows, embedded in scikit-learn",
    "sklearn:breast_cancer": "benign or malign by 30 measures, 569 rows, embedded in scikit-learn",
    "sklearn:diabetes": "a year's progress by 10 measures, 442 rows, embedded in scikit-learn; a regression",
    "sklearn:digits": "digits as a table of 64 columns, standardised",
    "toy:moons": "two half moons in the plane; data.num_examples points, data.noise around them",
    "toy:circles": "a circle within a circle; data.num_examples points, data.noise around them",
    "toy:spirals": "two arms of a spiral, hard to tell apart; data.num_examples points, data.noise around them",
    "toy:blobs": "four clouds; data.num_examples points, data.noise is their width",
}
PATH_SOURCES = {
    "idx": "a folder with MNIST's four idx files, .gz or not: idx:DIR",
    "npy": "a folder with train_X.npy, train_y.npy, test_X.npy and test_y.npy, streamed where it is too big: npy:DIR",
    "csv": "a table with names in its first row, target column guessed or data.target: csv:FILE",
    "parquet": "a table as csv, read with pyarrow (pip install 'mlp-tui[parquet]'): parquet:FILE",
    "npz": "an archive of numpy.savez with X and y, or x_train, y_train, x_test and y_test: npz:FILE",
}
OPENML_HELP = "a table from OpenML by its name or number, such as openml:credit-g or openml:31, kept after the first time"
FOLDER_SCHEMES = ("idx", "npy")
"""Schemes whose path is a folder; the others take a file."""
COLUMN_SCHEMES = frozenset({"csv", "parquet", "openml"})
"""Sources whose columns have names, so that `data.target` and `data.ignore` can choose among them."""
TABLE_SCHEMES = frozenset({"csv", "parquet", "openml", "npz", "sklearn"})
"""Sources whose task and empty cells are a matter of `data.task` and `data.missing`."""
OWN_SPLIT_SCHEMES = frozenset({"mnist", "fashion", "idx", "npy"})
"""Sources that say themselves which examples are for the test."""
OPENML_HOST = ("www.openml.org", 443)
CONNECT_TIMEOUT_S = 2.0
KNOWN_SIZES = {"mnist": (784, 10), "fashion": (784, 10), "digits": (64, 10)}
"""Inputs and classes of the sources that never change."""
MNIST_DOWNLOAD_BYTES = 15_000_000
FASHION_DOWNLOAD_BYTES = 35_000_000
"""An estimate: its four packed idx files take 30.9 MB, and OpenML's text somewhat more, as mnist's does."""
OPENML_IMAGES = {"mnist": MNIST_DOWNLOAD_BYTES, "fashion": FASHION_DOWNLOAD_BYTES}
"""Sources of images that are downloaded once, with the bytes that this takes."""
OPENML_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._()+-]{0,99}")
"""A data set's name or number at OpenML."""
KEPT_TABLE = "table.json"
CACHED_ARRAYS = ("train_X", "train_y", "test_X", "test_y")


def scheme_of(source: str) -> str:
    """csv of csv:FILE, mnist of mnist."""
    return source.partition(":")[0]


def source_pattern(scheme: str) -> str:
    """How a source of `scheme` is written for people: csv:FILE, idx:DIR, openml:NAME_OR_ID."""
    if scheme == "openml":
        return "openml:NAME_OR_ID"
    return f"{scheme}:{'DIR' if scheme in FOLDER_SCHEMES else 'FILE'}"


def check_source(source: str) -> str:
    """`source` where it is well written, else ValueError with the sources there are. Does not look at the disk."""
    scheme, colon, path = source.partition(":")
    if colon and scheme in PATH_SOURCES:
        if not path:
            kind = "folder" if scheme in FOLDER_SCHEMES else "file"
            raise ValueError(f"needs a {kind} after the colon, as in {source_pattern(scheme)}")
        if "\0" in path:
            raise ValueError("holds a zero byte; give a path")
        return source
    if colon and scheme == "openml":
        if not OPENML_NAME.fullmatch(path):
            raise ValueError("needs a data set's name or number after the colon, as in openml:credit-g or openml:31")
        return source
    if source not in NAMED_SOURCES:
        raise ValueError(f"is no data source{_nearest_source(source, scheme, colon)}")
    return source


def _nearest_source(source: str, scheme: str, colon: str) -> str:
    family = [name for name in NAMED_SOURCES if colon and name.startswith(f"{scheme}:")]
    if family:
        return nearest(source, family)
    patterns = [source_pattern(scheme) for scheme in (*PATH_SOURCES, "openml")]
    return nearest(source, ["mnist", "digits", *patterns, "sklearn:NAME", "toy:NAME"])


def absolute_source(source: str, base: Path) -> str:
    """`source` with its path made absolute, relative to `base`; named sources as they are."""
    scheme, colon, path = source.partition(":")
    if not colon or scheme not in PATH_SOURCES or not path or "\0" in path:
        return source
    # os.path leaves the name of an unknown user as it is, where pathlib raises.
    return f"{scheme}:{os.path.normpath(base / os.path.expanduser(path))}"  # noqa: PTH111


def kept_folder(source: str, data_home: Path) -> Path:
    """Where what is downloaded for `source` is kept: mnist, fashion, or a table of OpenML."""
    scheme, colon, rest = source.partition(":")
    return data_home / "openml" / rest.lower() if colon else data_home / scheme


def is_kept(source: str, data_home: Path) -> bool:
    """Whether what `source` needs is there (published whole, so presence is enough); True for what needs no download."""
    folder = kept_folder(source, data_home)
    if source in OPENML_IMAGES:
        return all((folder / f"{name}.npy").is_file() for name in CACHED_ARRAYS)
    return scheme_of(source) != "openml" or (folder / KEPT_TABLE).is_file()


def kept_tables(data_home: Path) -> list[str]:
    """Names or numbers of the tables of OpenML that are kept."""
    folders = (data_home / "openml").glob(f"*/{KEPT_TABLE}")
    return sorted(path.parent.name for path in folders if OPENML_NAME.fullmatch(path.parent.name))


def mnist_folder(data_home: Path) -> Path:
    """Where the arrays of mnist are kept."""
    return kept_folder("mnist", data_home)


def is_mnist_cached(data_home: Path) -> bool:
    """Whether mnist is kept."""
    return is_kept("mnist", data_home)


def answers_within(address: tuple[str, int] = OPENML_HOST, timeout_s: float = CONNECT_TIMEOUT_S) -> bool:
    """Whether a TCP connection to `address` opens within `timeout_s` seconds, name look-up included."""
    answered = threading.Event()

    def connect() -> None:
        try:
            socket.create_connection(address, timeout=timeout_s).close()
        except OSError:
            return
        answered.set()

    # A name look-up has no timeout of its own, hence a daemon thread, which is left behind where it hangs.
    attempt = threading.Thread(target=connect, daemon=True)
    attempt.start()
    attempt.join(timeout_s)
    return answered.is_set()


@dataclass(frozen=True, slots=True)
class ResolvedSource:
    """What an unset source means now, and the one line that says why."""

    source: str
    reason: str


def resolve_source(written: str | None, data_home: Path) -> ResolvedSource:
    """The source to train on: `written` as it is; else mnist where cached or reachable within 2 s, else digits."""
    if written is not None:
        return ResolvedSource(written, f"{written}, as written")
    if is_mnist_cached(data_home):
        return ResolvedSource("mnist", "mnist: cached on this machine")
    if answers_within():
        return ResolvedSource("mnist", "mnist: OpenML answers; the first time downloads 15 MB")
    return ResolvedSource("digits", "digits: mnist is not cached and OpenML did not answer within 2 s")
