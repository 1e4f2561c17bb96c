"""StartCancel: a start that a person may take back until the trainer has accepted it.

Given to `start_run` or `resume_run`; `cancel` may be called from any thread and returns at once. The trainer gets TERM, by
which one that has begun saves and stops, and KILL after GRACE_S where it has not accepted by then: its run is not listed yet.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading

from tui_trainer.runs.errors import UsageError

GRACE_S = 1.5


class StartCancelled(UsageError):
    """The start was taken back by who made it."""


class StartCancel:
    """One start."""

    def __init__(self) -> None:
        self._change = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_cancelled = False
        self._is_accepted = False

    @property
    def is_cancelled(self) -> bool:
        """Whether the start was taken back."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Take the start back."""
        with self._change:
            self._is_cancelled = True
            if self._process is not None:
                self._end(self._process)

    def watch(self, process: subprocess.Popen[bytes]) -> None:
        """This is the trainer; it is ended at once where the start was taken back before."""
        with self._change:
            self._process = process
            if self._is_cancelled:
                self._end(process)

    def accepted(self) -> None:
        """The trainer has begun: from here on it is never killed, a TERM that it got lets it save and stop."""
        with self._change:
            self._is_accepted = True

    def check(self) -> None:
        """StartCancelled where the start was taken back."""
        if self._is_cancelled:
            raise StartCancelled("the start was cancelled; nothing was trained")

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(OSError):
            process.terminate()
        timer = threading.Timer(GRACE_S, self._kill, [process])
        timer.daemon = True
        timer.start()

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        with self._change, contextlib.suppress(OSError):
            if not self._is_accepted:
                process.kill()
