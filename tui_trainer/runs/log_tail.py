"""The last lines of a run's trainer.log, whatever its size, made harmless for a terminal. For viewers; it writes nothing."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from tui_trainer.runs.safe_text import safe_text

TAIL_BYTES = 16_384
"""As much is read of the end."""
MAX_LINES = 200
MAX_COLUMNS = 400


@dataclass(frozen=True, slots=True)
class LogTail:
    """Lines, oldest first, safe to show; `num_bytes` is the size of the whole file, None where there is none."""

    lines: tuple[str, ...] = ()
    num_bytes: int | None = None
    is_whole: bool = True
    """Whether nothing stands before the lines."""


def read_log_tail(path: Path) -> LogTail:
    """The end of the log at `path`; of what is no regular file nothing is read. It never waits and raises nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return LogTail()
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return LogTail()
        start = max(0, status.st_size - TAIL_BYTES)
        raw = os.pread(descriptor, TAIL_BYTES, start)
    except OSError:
        return LogTail()
    finally:
        os.close(descriptor)
    lines = raw.decode("utf-8", errors="replace").split("\n")
    if start > 0 and len(lines) > 1:
        # Its beginning is not here.
        del lines[0]
    kept = [_last_state(line) for line in lines if line.strip()][-MAX_LINES:]
    return LogTail(tuple(safe_text(line, MAX_COLUMNS) for line in kept), status.st_size, start == 0 and len(lines) <= MAX_LINES)


def _last_state(line: str) -> str:
    """What a terminal would show of a line that was written over by carriage returns."""
    return line.rstrip("\r").rpartition("\r")[2]
