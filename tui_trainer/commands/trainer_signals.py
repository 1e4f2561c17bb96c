"""HUP, INT and TERM of a foreground command, passed on to the trainer that it started.

Before there is a trainer they end the start, which takes an unborn run away; afterwards the trainer decides: it saves, records
the end and exits, and the command ends with its code. A HUP that was ignored at the start (nohup) stays ignored.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

PASSED_ON = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class TrainerSignals:
    """While the context is open the three signals go to `process`, or end the start while it is None."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        """The trainer, from its acceptance on."""
        self.received: signal.Signals | None = None
        """The last signal that came."""
        self._previous: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None] = {}

    def __enter__(self) -> TrainerSignals:
        """Take the signals over; in the main thread only."""
        for number in PASSED_ON:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue
            self._previous[number] = signal.signal(number, self._pass_on)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give the signals back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
        if self.process is None:
            raise SystemExit(128 + number)
        self.process.send_signal(number)
