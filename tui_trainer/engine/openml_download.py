"""A download through scikit-learn's fetch_openml: once, into a temporary folder, with every failure as one line.

The only module that opens a connection. What it downloads lies in a temporary folder beside the place where the data is kept,
and is deleted afterwards, whatever happens. Used by `openml_mnist` and `openml_tables`, which believe nothing of what comes.
Addresses are scikit-learn's own (private) constants.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from tui_trainer.engine.download_watch import DownloadWatch
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.runs.data_source import answers_within, kept_folder
from tui_trainer.runs.errors import DataError, MlpTuiError, ResourceError
from tui_trainer.runs.paths import data_folder, ensure_folder
from tui_trainer.runs.processes import own_identity
from tui_trainer.runs.publisher import sweep
from tui_trainer.runs.safe_text import safe_text

T = TypeVar("T")

STALL_TIMEOUT_S = 30.0
"""Seconds without a byte after which a transfer counts as dead."""

_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG})

# The time limit of sockets and the filter of warnings belong to the whole process: one download at a time.
_DOWNLOADING = threading.Lock()


def download(source: str, total_bytes: int | None, progress: OnProgress, fetch: Callable[[Path], T]) -> T:
    """What `fetch` gives, which is called with an empty folder to be scikit-learn's data_home.

    `total_bytes` is what is expected, None where nobody knows. DataError or ResourceError says what failed.
    """
    with _DOWNLOADING:
        _require_network(source)
        with _temporary_folder(source) as folder, _bounded_sockets(), warnings.catch_warnings():
            # They tell of retries and of OpenML's notes; what matters of it ends in an error or is checked later.
            warnings.simplefilter("ignore")
            try:
                with DownloadWatch(folder, total_bytes, progress, source):
                    return fetch(folder)
            except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
                raise _explain(source, error) from error
            except (http.client.HTTPException, zlib.error) as error:
                raise _explain(source, error) from error


def _require_network(source: str) -> None:
    address = openml_address()
    if answers_within(address):
        return
    others = "digits, or idx:DIR with its four files" if ":" not in source else "a csv:FILE"
    where = safe_text(kept_folder(source, data_folder()), 110)
    raise DataError(
        f"{source} must be downloaded, but {address[0]}:{address[1]} does not answer; use {others}, or copy what another "
        f"machine keeps into {where}"
    )


def openml_address() -> tuple[str, int]:
    """(host, port) that a download connects to first: OpenML's, or that of the proxy in the environment."""
    from sklearn.datasets import _openml

    url = urlsplit(_openml._SEARCH_NAME)
    proxy = getproxies().get(url.scheme)
    if proxy and not proxy_bypass(url.netloc):
        url = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)


@contextlib.contextmanager
def _temporary_folder(source: str) -> Iterator[Path]:
    owner, name = own_identity(), source.replace(":", "-")
    folder = data_folder() / f".tmp-{name}-download-{owner['pid']}-{owner['start_time']}"
    try:
        sweep(ensure_folder(data_folder()))
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise _disk_refuses(source, error) from error
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


def _explain(source: str, error: Exception) -> MlpTuiError:
    """The one line for what went wrong on the way from OpenML to an array."""
    if isinstance(error, HTTPError):
        error.close()
        return failed(source, f"OpenML answered with HTTP {error.code}")
    if isinstance(error, URLError):
        return failed(source, f"the connection failed ({safe_text(error.reason, 80)})")
    if isinstance(error, TimeoutError):
        return failed(source, f"OpenML sent nothing for {STALL_TIMEOUT_S:.0f} s")
    if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
        return _disk_refuses(source, error)
    if isinstance(error, EOFError | ConnectionError | http.client.HTTPException | zlib.error | gzip.BadGzipFile):
        return failed(source, "the transfer was cut off")
    if isinstance(error, OSError):
        return failed(source, f"the connection failed ({safe_text(error, 80)})")
    if "md5" in str(error):
        return failed(source, "the file's md5 is not the one that OpenML names")
    return failed(source, f"OpenML's answer was not understood ({type(error).__name__}: {safe_text(error, 80)})")


def _disk_refuses(source: str, error: OSError) -> ResourceError:
    where = safe_text(data_folder(), 120)
    return ResourceError(f"{source} cannot be kept ({error.strerror or error}); it needs 100 MB that can be written in {where}")


def failed(source: str, reason: str) -> DataError:
    """The line that says why `source` could not be had."""
    others = "use digits or idx:DIR" if ":" not in source else "use a csv:FILE"
    return DataError(f"{source} could not be downloaded: {reason}; nothing was kept; try again later, or {others}")
