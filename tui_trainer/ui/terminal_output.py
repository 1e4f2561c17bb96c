"""TerminalOutput: the way of every byte to the terminal; it counts them, times them, and keeps nobody waiting.

A thread writes what the app hands over, a little at a time, so that it is known how much the terminal took and for how long it
let the thread wait. The app asks `is_behind` before it draws: what waits here is then never more than MAX_WAITING_BYTES and one
picture, however long nobody reads. Textual's own writer keeps thirty pictures and then holds up the whole app.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

CHUNK_BYTES = 8192
"""Written at once: each piece waits for its turn among the threads of the app."""
SLOW_CHUNK_BYTES = 512
"""Written at once to a terminal that took its time for the piece before, so that it is seen to take any."""
SLOW_S = 0.1
"""Seconds that a piece takes a slow terminal."""
MAX_WAITING_BYTES = 64_000
"""A terminal with more than this before it is behind: five whole pictures of 120 x 40."""
STALLED_S = 2.0
"""A terminal that took nothing for so long, while something waits, is behind."""


class TerminalOutput:
    """Writes to a file descriptor; all but the thread's own methods are for one other thread, the app's."""

    def __init__(self, descriptor: int, encoding: str = "utf-8") -> None:
        self.num_bytes = 0
        """Handed over so far."""
        self.num_taken = 0
        """Taken by the terminal so far."""
        self._descriptor, self._encoding = descriptor, encoding
        self._waiting: list[bytes] = []
        self._num_waiting = 0
        self._changed = threading.Condition()
        self._busy_s, self._busy_since = 0.0, 0.0
        self._chunk_bytes = CHUNK_BYTES
        self._is_closed = self._is_gone = False
        self._on_drained: Callable[[], object] | None = None
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Hand over; returns at once."""
        data = text.encode(self._encoding, errors="replace")
        with self._changed:
            self.num_bytes += len(data)
            if data and not self._is_gone:
                self._waiting.append(data)
                self._num_waiting += len(data)
                self._changed.notify()

    @property
    def num_waiting(self) -> int:
        """Bytes that the terminal did not take yet."""
        return self._num_waiting

    @property
    def busy_s(self) -> float:
        """Seconds that the terminal took for what it was given so far, or is taking."""
        since = self._busy_since
        return self._busy_s + (time.monotonic() - since if since else 0.0)

    @property
    def is_behind(self) -> bool:
        """Whether it is no use to draw: much waits, or nothing was taken for long."""
        since = self._busy_since
        return self._num_waiting > MAX_WAITING_BYTES or (since > 0 and time.monotonic() - since > STALLED_S)

    def call_when_drained(self, callback: Callable[[], object]) -> None:
        """Call once, in the thread, when nothing waits any more; the last callback that was given counts."""
        with self._changed:
            self._on_drained = callback
            self._changed.notify()

    def close(self, within_s: float) -> bool:
        """Write what waits, for so long at most; whether all was taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (data := self._next()) is not None:
            start = 0
            while start < len(data):
                chunk = data[start : start + self._chunk_bytes]
                self._write_chunk(chunk)
                start += len(chunk)

    def _next(self) -> bytes | None:
        """What to write now; None at the end."""
        with self._changed:
            while not self._waiting:
                callback, self._on_drained = self._on_drained, None
                if callback is not None:
                    callback()
                elif self._is_closed:
                    return None
                else:
                    self._changed.wait()
            data = b"".join(self._waiting)
            self._waiting.clear()
            return data

    def _write_chunk(self, chunk: bytes) -> None:
        begun_at = self._busy_since = time.monotonic()
        rest = chunk
        while rest and not self._is_gone:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                # Another program of this terminal has made it so.
                time.sleep(0.01)
            except OSError:
                self._is_gone = True
        took_s = time.monotonic() - begun_at
        self._busy_s, self._busy_since = self._busy_s + took_s, 0.0
        self._chunk_bytes = SLOW_CHUNK_BYTES if took_s > SLOW_S else CHUNK_BYTES
        with self._changed:
            self.num_taken += len(chunk)
            self._num_waiting -= len(chunk)
