"""SpareCores: cores that nothing else of the run needs just now, lent to the large products of a replayed step.

A large product is shared out by rows and columns of its result, so that each number is summed up as one thread would; a step's
self-check holds that to the bit, with and without. Everything else of a step keeps the run's own thread count. Cores are lent
only while that saves time, which is tried out every few thousand steps: other programs may need them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

from tui_trainer.runs.threads import num_cores

MAX_THREADS = 4
"""Products of small batches gain little from more."""
LARGE_PRODUCT = 2_000_000
"""Multiply-adds from which a product is worth the meeting of two threads."""
TRIAL_STEPS = 32
STEPS_BETWEEN_TRIALS = {True: 4_000, False: 1_000}
"""By whether lending was worth it."""
LEAST_SAVING = 0.05
"""Share of a step's time."""

Product = Callable[..., Any]


class SpareCores:
    """What the training thread lends its products; `follow` it before every step."""

    def __init__(self, own_threads: int, num_threads: int, clock: Callable[[], float] = time.perf_counter) -> None:
        """A product runs on `own_threads` threads, and on `num_threads` while cores are lent."""
        self.is_lent = False
        self._own_threads, self._num_threads, self._clock = own_threads, num_threads, clock
        self._steps_left = 0
        self._is_worth_it = False
        self._trial: tuple[bool, float] | None = None
        """(whether cores are lent in it, when it began)."""
        self._without_s = 0.0

    def widen(self, product: Product) -> Product:
        """`product`, on more threads while cores are lent."""

        def widened(*arguments: Any, **named: Any) -> Any:
            if not self.is_lent:
                return product(*arguments, **named)
            torch.set_num_threads(self._num_threads)
            try:
                return product(*arguments, **named)
            finally:
                torch.set_num_threads(self._own_threads)

        return widened

    def follow(self, is_free: bool) -> None:
        """Before a step: lend the cores or not; `is_free` says whether nothing else of the run needs them."""
        if not is_free:
            self.is_lent = False
            if self._trial is not None:
                self._trial, self._steps_left = None, 0
        elif self._steps_left:
            self._steps_left -= 1
            if self._trial is None:
                self.is_lent = self._is_worth_it
        else:
            self._try_out()

    def _try_out(self) -> None:
        """Time a few steps without, then as many with, and keep to what was faster for a while."""
        now = self._clock()
        if self._trial is None:
            self._begin_trial(False, now)
            return
        was_lent, begun_at = self._trial
        if not was_lent:
            self._without_s = now - begun_at
            self._begin_trial(True, now)
            return
        self._is_worth_it = self.is_lent = now - begun_at < (1 - LEAST_SAVING) * self._without_s
        self._trial, self._steps_left = None, STEPS_BETWEEN_TRIALS[self._is_worth_it]

    def _begin_trial(self, is_lent: bool, now: float) -> None:
        self.is_lent, self._trial, self._steps_left = is_lent, (is_lent, now), TRIAL_STEPS - 1


def spare_cores(own_threads: int) -> SpareCores | None:
    """Those of this machine beside a run of `own_threads` threads; None where there are none."""
    num_threads = min(num_cores(), MAX_THREADS)
    return SpareCores(own_threads, num_threads) if num_threads > own_threads else None
