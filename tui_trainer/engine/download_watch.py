"""Tells how far a download of scikit-learn is, which says nothing itself, from the files that grow in its folder.

A thread that looks five times a second while the context is open and is joined at its end. It relies on one habit of
fetch_openml: a file lies in a folder named `tmp...` until it is whole. Where that changes only the display is wrong.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from types import TracebackType

from tui_trainer.engine.load_progress import OnProgress

_PERIOD_S = 0.2
_SMALLEST_DATA_BYTES = 1 << 16


def downloading(name: str) -> str:
    """What is said while the bytes of `name` arrive."""
    return f"downloading {name} from OpenML (bytes)"


def parsing(name: str) -> str:
    """What is said while its text becomes an array."""
    return f"parsing {name}"


class DownloadWatch:
    """Calls `progress` while the context is open; what `progress` raises is raised at its end."""

    def __init__(self, folder: Path, total_bytes: int | None, progress: OnProgress, name: str = "mnist") -> None:
        """`folder` is scikit-learn's data_home, empty at first; `total_bytes` is what is expected, None where nobody knows."""
        self._name = name
        self._folder, self._total_bytes, self._progress = folder, total_bytes, progress
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="download-watch", daemon=True)
        self._error: Exception | None = None

    def __enter__(self) -> DownloadWatch:
        """Say at once that the download begins, and watch it from here on."""
        self._progress(downloading(self._name), 0, self._total_bytes)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop watching, then pass on what `progress` raised, unless the download itself failed."""
        self._is_over.set()
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def _watch(self) -> None:
        last: tuple[str, int, int | None] | None = None
        try:
            while not self._is_over.wait(_PERIOD_S):
                state = self._look()
                if state is not None and state != last:
                    self._progress(*state)
                    last = state
        except Exception as error:  # the edge of this thread: recorded, and raised where the context ends
            self._error = error

    def _look(self) -> tuple[str, int, int | None] | None:
        """What `progress` is to be told; None while there is nothing but OpenML's short JSON answers."""
        sizes = {path: _size_of(path) for path in self._folder.rglob("*.gz")}
        path = max(sizes, key=lambda path: sizes[path], default=None)
        if path is None or sizes[path] < _SMALLEST_DATA_BYTES:
            return None
        if not path.parent.name.startswith(tempfile.gettempprefix()):
            return parsing(self._name), 0, None
        total_bytes = None if self._total_bytes is None else max(self._total_bytes, sizes[path])
        return downloading(self._name), sizes[path], total_bytes


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
