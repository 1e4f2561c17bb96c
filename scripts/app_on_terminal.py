"""AppOnTerminal: the app on a pseudo-terminal that is read at once, each piece of its output with its time."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from pseudo_terminal import start_on_terminal

ROWS, COLUMNS = 40, 120


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes as one read gave them, and when, by the monotonic clock."""

    at: float
    data: bytes


class AppOnTerminal:
    """The app, without the engine processes that it keeps; a thread of its own reads and looks at nothing."""

    def __init__(self, run: str | None, flags: Sequence[str] = (), *, columns: int = COLUMNS, rows: int = ROWS) -> None:
        command = [sys.executable, "-m", "tui_trainer", *(("open", run) if run else ()), *flags]
        self._process, self._master = start_on_terminal(command, rows=rows, columns=columns, start_new_session=True)
        self.pieces: list[Piece] = []
        """What came so far, in order."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self.pieces.append(Piece(time.monotonic(), data))

    @property
    def num_bytes(self) -> int:
        """Bytes that came so far."""
        return sum(len(piece.data) for piece in self.pieces)

    def bytes_of_seconds(self, begun_at: float, ended_at: float) -> list[int]:
        """Bytes of each whole second between two times."""
        counts = [0] * int(ended_at - begun_at)
        for piece in self.pieces:
            if 0 <= (second := int(piece.at - begun_at)) < len(counts) and piece.at >= begun_at:
                counts[second] += len(piece.data)
        return counts

    def press(self, keys: bytes) -> float:
        """Type; when."""
        at = time.monotonic()
        os.write(self._master, keys)
        return at

    def processor_s(self) -> float:
        """Processor time of the app so far, without that of its engines."""
        times = psutil.Process(self._process.pid).cpu_times()
        return times.user + times.system

    def close(self) -> None:
        """End the app; its run goes on."""
        self._process.terminate()
        try:
            self._process.wait(20)
        finally:
            self._process.kill()
            os.close(self._master)
