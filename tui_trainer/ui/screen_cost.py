"""ScreenCost: what showing a run costs: pictures a second, bytes to the terminal, share of a core.

Bytes are those that this program wrote to anything (the kernel's count, Linux only); a viewer writes next to nothing else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

_IO = Path("/proc/self/io")
PER_SECOND = 4
"""Pictures a second at most."""
LEAST_PER_SECOND = 1
MAX_CORE_SHARE = 0.08
"""Of one core that drawing may take: the cores are the training's. Slower pictures keep to it where each of them costs more."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Rates since the reading before; `bytes_per_s` is None where the system does not count."""

    pictures_per_s: float
    bytes_per_s: float | None
    cpu_share: float


class ScreenCost:
    """Counts between two readings."""

    def __init__(self) -> None:
        self._num_pictures = 0
        self._at = time.monotonic()
        self._cpu_s = time.process_time()
        self._written = _read_written()
        self.period_s = 1 / PER_SECOND
        """Seconds from one picture to the next, by what the last ones cost."""

    def count_picture(self) -> None:
        """Something was drawn."""
        self._num_pictures += 1

    def read(self) -> Cost:
        """The rates since the last reading, at least a moment ago."""
        now, cpu_s, written = time.monotonic(), time.process_time(), _read_written()
        seconds = max(now - self._at, 1e-3)
        num_bytes = None if written is None or self._written is None else (written - self._written) / seconds
        cost = Cost(self._num_pictures / seconds, num_bytes, (cpu_s - self._cpu_s) / seconds)
        if self._num_pictures:
            needed_s = (cpu_s - self._cpu_s) / self._num_pictures / MAX_CORE_SHARE
            self.period_s = min(1 / LEAST_PER_SECOND, max(1 / PER_SECOND, needed_s))
        self._num_pictures, self._at, self._cpu_s, self._written = 0, now, cpu_s, written
        return cost


def _read_written() -> int | None:
    try:
        for line in _IO.read_text().splitlines():
            if line.startswith("wchar:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        return None
    return None
