"""InputWatch: ends a process that is kept ready as soon as whoever keeps it is gone, also while it still imports torch.

Until it reads its standard input nobody would see that this has ended: an app that was killed left a spare and a server behind
for as long as their imports took. Needs no torch, so it starts before them.
"""

from __future__ import annotations

import fcntl
import os
import select
import sys
import termios
import threading


class InputWatch:
    """From its making on, until `stop`, the end of standard input before anything was sent ends the process with 0."""

    def __init__(self) -> None:
        self._is_over = threading.Event()
        threading.Thread(target=self._watch, name="input-watch", daemon=True).start()

    def stop(self) -> None:
        """Leave standard input to whoever reads it from now on."""
        self._is_over.set()

    def _watch(self) -> None:
        descriptor = sys.stdin.fileno()
        poll = select.poll()
        # No event is asked for: a hang-up is always told.
        poll.register(descriptor, 0)
        poll.poll()
        # In this order: what is read after `stop` was there to be read when it was counted.
        num_unread = _num_unread(descriptor)
        if not num_unread and not self._is_over.is_set():
            os._exit(0)


def _num_unread(descriptor: int) -> int:
    """Bytes that were sent and not read."""
    try:
        return int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)
    except OSError:  # no pipe: nothing to tell
        return 1
