"""`mlp-tui` on a pseudo-terminal of 80 columns with all colours, and what it wrote there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import subprocess
import termios
import threading

from tests.commands.command_process import COMMAND, LIMIT_S


def run_on_terminal(*arguments: str, rows: int = 24, columns: int = 80) -> str:
    """Standard output of a command that ended well, escape sequences and all."""
    terminal, inner = os.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=inner, stdout=inner, stderr=subprocess.PIPE, env=environment, start_new_session=True
    )
    os.close(inner)
    written: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(terminal, written), daemon=True)
    reader.start()
    _, error = process.communicate(timeout=LIMIT_S)
    reader.join(LIMIT_S)
    os.close(terminal)
    assert process.returncode == 0, error
    return b"".join(written).decode()


def _read_all(terminal: int, written: list[bytes]) -> None:
    with contextlib.suppress(OSError):  # the other side was closed
        while data := os.read(terminal, 1 << 16):
            written.append(data)
