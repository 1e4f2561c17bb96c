"""The app as a process on a pseudo-terminal that is read when the test says so."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from types import TracebackType

import psutil
from pseudo_terminal import start_on_terminal


class AppOnPty:
    """`mlp-tui ARGUMENTS`, or another module that is a program; ended with the context."""

    def __init__(
        self,
        arguments: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        *,
        columns: int = 120,
        rows: int = 40,
        module: str = "tui_trainer",
    ) -> None:
        self.process, self.terminal = start_on_terminal(
            [sys.executable, "-m", module, *arguments], rows=rows, columns=columns, environment=environment
        )
        self.seen = b""
        """What was read so far."""

    def __enter__(self) -> AppOnPty:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)

    def read(self, seconds: float) -> int:
        """Read for so long; the bytes that came."""
        before, until = len(self.seen), time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], min(left, 0.05))[0]:
                try:
                    self.seen += os.read(self.terminal, 1 << 16)
                except OSError:
                    break
        return len(self.seen) - before

    def read_until(self, awaited: bytes, within_s: float = 30.0) -> None:
        """Read until it came."""
        until, start = time.monotonic() + within_s, len(self.seen)
        while awaited not in self.seen[max(0, start - len(awaited)) :]:
            assert time.monotonic() < until, self.seen[-2000:]
            self.read(0.05)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.terminal, keys)

    def rss_bytes(self) -> int:
        """Memory of the app itself."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def wait_until_idle(self, within_s: float = 90.0) -> None:
        """Return when the app has done next to nothing for a while; reads nothing meanwhile."""
        until, spent_s = time.monotonic() + within_s, -1.0
        while (now_s := sum(psutil.Process(self.process.pid).cpu_times()[:2])) > spent_s + 0.05:
            assert time.monotonic() < until, "the app does not come to rest"
            spent_s = now_s
            time.sleep(0.7)

    def end(self, number: int = signal.SIGTERM, within_s: float = 5.0) -> int:
        """Send a signal; the exit code. Reads nothing meanwhile."""
        self.process.send_signal(number)
        return self.process.wait(within_s)
