"""Signals of the trainer: they set a flag, and the loop acts on it at the next step boundary."""

from __future__ import annotations

import signal
from types import FrameType

EXIT_CODES = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}


class StopSignals:
    """What the process was asked by TERM, INT or HUP; a HUP that was ignored at the start (nohup) stays ignored."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        """The first signal that came, None so far."""
        self.is_urgent = False
        """Whether INT came twice: stop without a save."""

    def install(self) -> None:
        """Take over the three signals; in the main thread only."""
        for number in EXIT_CODES:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue
            signal.signal(number, self._take)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.is_urgent = self.received == signal.SIGINT == number
        self.received = self.received or signal.Signals(number)
