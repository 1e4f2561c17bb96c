"""MNIST from OpenML through scikit-learn's fetch_openml('mnist_784', version=1), downloaded once and then kept.

The only module that opens a connection. What it downloads lies in a temporary folder beside the place where the arrays are
kept, and is deleted afterwards, whatever happens. Nothing is believed: scikit-learn compares the md5, shape and values are
looked at here. Addresses are scikit-learn's own (private) constants.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import http.client
import shutil
import socket
import threading
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.download_watch import DownloadWatch
from tui_trainer.engine.load_progress import OnProgress, no_progress
from tui_trainer.engine.mnist_cache import NUM_INPUTS, NUM_TEST, NUM_TRAIN, build_mnist, keep_mnist, read_mnist
from tui_trainer.runs.data_source import MNIST_DOWNLOAD_BYTES, answers_within, is_mnist_cached, mnist_folder
from tui_trainer.runs.errors import DataError, MlpTuiError, ResourceError
from tui_trainer.runs.paths import data_folder, ensure_folder
from tui_trainer.runs.processes import own_identity
from tui_trainer.runs.publisher import sweep
from tui_trainer.runs.safe_text import safe_text

STALL_TIMEOUT_S = 30.0
"""Seconds without a byte after which a transfer counts as dead."""

_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG})
_TRY_AGAIN = "try again later, or use digits or idx:DIR"

# Left to itself pandas takes eight bytes a pixel, three times the time, and from 3.1 on it reads unquoted classes as numbers,
# which scikit-learn 1.9.1 cannot take (its issue 34892). float32 still shows fractions, gaps and values out of range.
_COLUMN_TYPES: dict[int, str] = {**dict.fromkeys(range(NUM_INPUTS), "float32"), NUM_INPUTS: "str"}

# The time limit of sockets and the filter of warnings belong to the whole process: one download at a time.
_DOWNLOADING = threading.Lock()


def load_mnist(progress: OnProgress = no_progress) -> Dataset:
    """MNIST: as kept where it is, else downloaded (15 MB), parsed and kept; DataError or ResourceError says what failed."""
    if is_mnist_cached(data_folder()):
        return read_mnist(data_folder())
    return fetch_mnist(progress)


def fetch_mnist(progress: OnProgress = no_progress) -> Dataset:
    """MNIST downloaded anew, in place of what was kept before, which stays where the download fails."""
    with _DOWNLOADING:
        _require_network()
        X, y = _download(progress)
        keep_mnist(build_mnist(_parse_pixels(X), _parse_labels(y)), data_folder())
    return read_mnist(data_folder())


def _require_network() -> None:
    address = openml_address()
    if not answers_within(address):
        raise DataError(
            f"mnist must be downloaded, but {address[0]}:{address[1]} does not answer; use digits, or idx:DIR with MNIST's "
            f"four files, or copy the .npy files of another machine into {safe_text(mnist_folder(data_folder()), 110)}"
        )


def openml_address() -> tuple[str, int]:
    """(host, port) that a download connects to first: OpenML's, or that of the proxy in the environment."""
    from sklearn.datasets import _openml

    url = urlsplit(_openml._SEARCH_NAME)
    proxy = getproxies().get(url.scheme)
    if proxy and not proxy_bypass(url.netloc):
        url = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)


def _download(progress: OnProgress) -> tuple[NDArray[Any], NDArray[Any]]:
    """X (N, D) and y (N,) as scikit-learn gives them."""
    from sklearn.datasets import fetch_openml

    with _temporary_folder() as folder, _bounded_sockets(), warnings.catch_warnings():
        # They tell of retries and of notes in OpenML's description; what matters of it ends in an error or is checked below.
        warnings.simplefilter("ignore")
        try:
            with DownloadWatch(folder, MNIST_DOWNLOAD_BYTES, progress):
                X, y = fetch_openml(
                    "mnist_784",
                    version=1,
                    as_frame=False,
                    return_X_y=True,
                    n_retries=1,
                    parser="auto",
                    data_home=folder,
                    read_csv_kwargs={"dtype": _COLUMN_TYPES},
                )
        except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise _explain(error) from error
        except (http.client.HTTPException, zlib.error) as error:
            raise _explain(error) from error
    return np.asarray(X), np.asarray(y)


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    owner = own_identity()
    folder = data_folder() / f".tmp-mnist-download-{owner['pid']}-{owner['start_time']}"
    try:
        sweep(ensure_folder(data_folder()))
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise _disk_refuses(error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _bounded_sockets() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL_TIMEOUT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _explain(error: Exception) -> MlpTuiError:
    """The one line for what went wrong on the way from OpenML to an array."""
    if isinstance(error, HTTPError):
        error.close()
        return _failed(f"OpenML answered with HTTP {error.code}")
    if isinstance(error, URLError):
        return _failed(f"the connection failed ({safe_text(error.reason, 80)})")
    if isinstance(error, TimeoutError):
        return _failed(f"OpenML sent nothing for {STALL_TIMEOUT_S:.0f} s")
    if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
        return _disk_refuses(error)
    if isinstance(error, EOFError | ConnectionError | http.client.HTTPException | zlib.error | gzip.BadGzipFile):
        return _failed("the transfer was cut off")
    if isinstance(error, OSError):
        return _failed(f"the connection failed ({safe_text(error, 80)})")
    if "md5" in str(error):
        return _failed("the file's md5 is not the one that OpenML names")
    return _failed(f"OpenML's answer was not understood ({type(error).__name__}: {safe_text(error, 80)})")


def _disk_refuses(error: OSError) -> ResourceError:
    where = safe_text(data_folder(), 120)
    return ResourceError(f"mnist cannot be kept ({error.strerror or error}); it needs 100 MB that can be written in {where}")


def _failed(reason: str) -> DataError:
    return DataError(f"mnist could not be downloaded: {reason}; nothing was kept; {_TRY_AGAIN}")


def _parse_pixels(X: NDArray[Any]) -> NDArray[np.uint8]:
    """X as uint8 (70,000, 784); DataError unless each value is a whole number from 0 to 255."""
    if X.shape != (NUM_TRAIN + NUM_TEST, NUM_INPUTS) or X.dtype.kind not in "uif":
        raise _failed(f"it holds {X.dtype} of shape {X.shape}, not 70,000 images of 784 numbers")
    # Comparing after the cast finds all of it at once: fractions, values out of range, NaN.
    with np.errstate(invalid="ignore"):
        pixels = X.astype(np.uint8, order="C")
    if not np.array_equal(pixels, X):
        raise _failed("a pixel is not a whole number from 0 to 255")
    return pixels


def _parse_labels(y: NDArray[Any]) -> NDArray[np.int64]:
    """y as int64 (70,000,); DataError unless each is one of '0' ... '9'."""
    labels = np.char.strip(y.astype(str), "'")
    if y.shape != (NUM_TRAIN + NUM_TEST,) or not np.isin(labels, [str(digit) for digit in range(10)]).all():
        raise _failed("a label is not one of 0 to 9")
    return labels.astype(np.int64)
