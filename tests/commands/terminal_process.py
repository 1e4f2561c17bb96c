"""`mlp-tui` on a pseudo-terminal of 80 columns with all colours, and what it wrote there."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading

from pseudo_terminal import start_on_terminal

from tests.commands.command_process import COMMAND, LIMIT_S


def run_on_terminal(*arguments: str, rows: int = 24, columns: int = 80) -> str:
    """Standard output of a command that ended well, escape sequences and all."""
    environment = {"NO_COLOR": None, "PYTHONIOENCODING": "utf-8"}
    process, terminal = start_on_terminal(
        [*COMMAND, *arguments],
        rows=rows,
        columns=columns,
        environment=environment,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
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
