"""Pace: seconds from one picture of a run to the next, by what the last ones cost.

Three things are kept to, each over some seconds and not picture by picture: pictures a second at most (--fps); a share of a
core, because the cores are the training's; and bytes a second to the terminal (--budget), or what the terminal takes where that
is less. What was sent is a debt that is paid at that rate, and the next picture comes when it is paid: so keys, which are
answered at once whatever they cost, count too. Called on the loop.
"""

from __future__ import annotations

import time

from tui_trainer.runs.ui_settings import UiSettings

MAX_CORE_SHARE = 0.08
"""Of one core that drawing may take."""
CORE_PERIOD_S = 1.0
"""Seconds between pictures at most for the processor's sake."""
DEBT_PERIOD_S = 5.0
"""Seconds that a debt of bytes holds the next picture up at most."""
LINE_SHARE = 0.8
"""Of what a slow terminal takes, so that keys find it free."""
MIN_BYTES_PER_S = 500.0
SLOWED_SHARE = 0.9
"""Of the pictures that would come without a budget: with fewer than these the pace is slowed, and said to be."""
SMOOTHING = 0.3
"""Weight of the newest of the rates that are told."""
TOLD_READINGS = 5
"""Readings that the rates are told for after the last slow one, so that the words do not come and go."""


class Pace:
    """Asked before each pause, told once a second what was measured."""

    def __init__(self, ui: UiSettings) -> None:
        self._shortest_s, self._budget = 1 / ui.fps, ui.bytes_per_s
        self._core_s = 0.0
        self._line_bytes_per_s: float | None = None
        self._debt, self._at = 0.0, time.monotonic()
        self._num_bytes: int | None = None
        self._rates: tuple[float, float] | None = None
        self._num_calm = TOLD_READINGS

    @property
    def bytes_per_s(self) -> float:
        """The rate that is kept to now."""
        if self._line_bytes_per_s is None:
            return self._budget
        return min(self._budget, max(MIN_BYTES_PER_S, self._line_bytes_per_s * LINE_SHARE))

    def period_s(self, num_bytes: int | None) -> float:
        """Seconds until the next picture; `num_bytes` is what was sent in all so far, None where nobody counts."""
        return max(self._free_period_s, self._pay(num_bytes) if num_bytes is not None else 0.0)

    @property
    def _free_period_s(self) -> float:
        """Seconds between pictures whose bytes cost nothing."""
        return max(self._shortest_s, self._core_s)

    def _pay(self, num_bytes: int) -> float:
        now, rate = time.monotonic(), self.bytes_per_s
        # What was sent before the first picture of a run is no debt of its pictures.
        sent = num_bytes - (num_bytes if self._num_bytes is None else self._num_bytes)
        self._debt = min(max(0.0, self._debt - (now - self._at) * rate) + sent, DEBT_PERIOD_S * rate)
        self._num_bytes, self._at = num_bytes, now
        return self._debt / rate

    def learn_core(self, picture_s: float) -> None:
        """Take in what a picture took of a processor."""
        self._core_s = min(CORE_PERIOD_S, picture_s / MAX_CORE_SHARE)

    def learn_line(self, bytes_per_s: float | None) -> None:
        """Take in how fast the terminal took what it got; None where it took all at once."""
        before = self._line_bytes_per_s
        is_known = before is not None and bytes_per_s is not None
        self._line_bytes_per_s = (before + bytes_per_s) / 2 if is_known else bytes_per_s  # type: ignore[operator]

    def learn_rates(self, pictures_per_s: float, bytes_per_s: float | None) -> None:
        """Take in what was drawn and sent, to be told."""
        if bytes_per_s is None:
            return
        before = self._rates or (pictures_per_s, bytes_per_s)
        pairs = zip(before, (pictures_per_s, bytes_per_s), strict=True)
        pictures, sent = (old + SMOOTHING * (new - old) for old, new in pairs)
        self._rates = pictures, sent
        is_slowed = self._debt / self.bytes_per_s * SLOWED_SHARE > self._free_period_s
        self._num_calm = 0 if is_slowed else self._num_calm + 1

    @property
    def is_slowed(self) -> bool:
        """Whether the budget or the terminal slows the pictures down, or did in the last readings."""
        return self._rates is not None and self._num_calm < TOLD_READINGS

    @property
    def words(self) -> str:
        """Bytes and pictures a second where the pictures are slowed down, in as many columns each time; else empty."""
        if self._rates is None or not self.is_slowed:
            return ""
        pictures, sent = self._rates
        return f"{sent / 1000:5.1f} kB/s {pictures:4.1f} fps"
