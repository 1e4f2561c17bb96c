"""Programs on a pseudo-terminal of a known size, for scripts and tests: starting them, and the terminal's size."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from typing import Any


def start_on_terminal(
    command: Sequence[str], *, rows: int, columns: int, environment: Mapping[str, str | None] | None = None, **options: Any
) -> tuple[subprocess.Popen[bytes], int]:
    """The process, and the other end of the terminal that all of its output goes to; `options` are Popen's and count for more.

    `environment` is added to this process's own, None takes a variable away. COLUMNS and LINES are always taken away: they
    count for more than a terminal's own size, and pytest-xdist sets them.
    """
    terminal, inner = os.openpty()
    set_size(inner, rows, columns)
    added = {"TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {}), "COLUMNS": None, "LINES": None}
    given = {name: value for name, value in {**os.environ, **added}.items() if value is not None}
    try:
        process = subprocess.Popen(command, **{"stdin": inner, "stdout": inner, "stderr": inner, "env": given, **options})
    finally:
        os.close(inner)
    return process, terminal


def set_size(terminal: int, rows: int, columns: int) -> None:
    """What programs on it are told; one that runs draws anew."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def size_of(terminal: int) -> tuple[int, int]:
    """Rows and columns."""
    rows, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(terminal, termios.TIOCGWINSZ, bytes(8)))
    return rows, columns
