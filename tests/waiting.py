"""The one way in which a test waits: for a claim about state that can be seen, and never without a limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def wait_until(claim: Callable[[], object], within_s: float = 5.0) -> None:
    """Return as soon as `claim()` is true; AssertionError after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not claim():
        assert time.monotonic() < deadline, f"still not true after {within_s} s"
        time.sleep(0.01)


def waited_s(pid: int) -> float:
    """Seconds that a process' main thread has been ready to run and did not (Linux; elsewhere 0): others had the processor."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0
