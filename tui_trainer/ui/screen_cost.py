"""ScreenCost: what showing a run costs: pictures a second, bytes to the terminal, share of a core; and the pace that follows.

Bytes are counted on their way to the terminal; where nothing counts them, as under a test's pilot, they are not known.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from textual.app import App

from tui_trainer.runs.ui_settings import DEFAULT_UI, UiSettings
from tui_trainer.ui.pace import Pace
from tui_trainer.ui.terminal_output import TerminalOutput

BUSY_SHARE = 0.1
"""Of the time that a terminal must be busy with what it was given before its speed is known."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Rates since the reading before."""

    pictures_per_s: float
    bytes_per_s: float | None
    """None where nothing counts them."""
    cpu_share: float


class ScreenCost:
    """Counts between two readings."""

    def __init__(self, ui: UiSettings = DEFAULT_UI, output: TerminalOutput | None = None) -> None:
        self._output, self._pace = output, Pace(ui)
        self._num_pictures = 0
        self._at = time.monotonic()
        self._cpu_s = time.process_time()
        self._sent, self._taken, self._busy_s = self._read_output()

    @classmethod
    def of(cls, app: App[Any]) -> ScreenCost:
        """Of an app's screens: as its settings want it, on its terminal where that is counted."""
        return cls(getattr(app, "ui", DEFAULT_UI), getattr(app, "output", None))

    def count_picture(self) -> None:
        """Something was drawn."""
        self._num_pictures += 1

    @property
    def period_s(self) -> float:
        """Seconds from now to the next picture, by what the last ones cost."""
        return self._pace.period_s(None if self._output is None else self._output.num_bytes)

    @property
    def is_slowed(self) -> bool:
        """Whether the terminal's budget or speed slows the pictures down: then what costs most is worth less."""
        return self._pace.is_slowed

    @property
    def pace_words(self) -> str:
        """What the terminal gets, where its budget or its speed slows the pictures down; else empty."""
        return self._pace.words

    def read(self) -> Cost:
        """The rates since the last reading, at least a moment ago."""
        now, cpu_s, (sent, taken, busy_s) = time.monotonic(), time.process_time(), self._read_output()
        seconds = max(now - self._at, 1e-3)
        num_bytes = None if self._output is None else (sent - self._sent) / seconds
        cost = Cost(self._num_pictures / seconds, num_bytes, (cpu_s - self._cpu_s) / seconds)
        if self._num_pictures:
            self._pace.learn_core((cpu_s - self._cpu_s) / self._num_pictures)
        is_busy = busy_s - self._busy_s > BUSY_SHARE * seconds
        self._pace.learn_line((taken - self._taken) / (busy_s - self._busy_s) if is_busy else None)
        self._pace.learn_rates(cost.pictures_per_s, cost.bytes_per_s)
        self._num_pictures, self._at, self._cpu_s = 0, now, cpu_s
        self._sent, self._taken, self._busy_s = sent, taken, busy_s
        return cost

    def _read_output(self) -> tuple[int, int, float]:
        """Bytes sent and taken so far, and the seconds that the terminal took for them."""
        output = self._output
        return (0, 0, 0.0) if output is None else (output.num_bytes, output.num_taken, output.busy_s)
