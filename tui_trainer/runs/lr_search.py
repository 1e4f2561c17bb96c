"""LrSearch: how far a learning-rate finder goes and in how many steps, checked without torch for the server's `lr_find`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.errors import ConfigError, FieldError

NUM_STEPS, FIRST_LR, LAST_LR = 100, 1e-7, 10.0
"""fastai's."""
MIN_STEPS, MAX_STEPS = 20, 2_000
MAX_LR = 1e6


@dataclass(frozen=True, slots=True)
class LrSearch:
    """Rates from `first_lr` up to `last_lr` over `num_steps` optimiser steps."""

    num_steps: int
    first_lr: float
    last_lr: float

    def lr_at(self, step: int) -> float:
        """The rate of `step`, from 0; `last_lr` would come right after the last step, as in fastai."""
        return float(self.first_lr * (self.last_lr / self.first_lr) ** (step / self.num_steps))


def check_search(num_steps: Any = NUM_STEPS, first_lr: Any = FIRST_LR, last_lr: Any = LAST_LR) -> LrSearch:
    """The search of these three, whatever they are; ConfigError with each that is out of range."""
    errors = []
    if type(num_steps) is not int or not MIN_STEPS <= num_steps <= MAX_STEPS:
        errors.append(FieldError("steps", f"{str(num_steps)[:40]} must be a whole number from {MIN_STEPS} to {MAX_STEPS:,}"))
    for key, rate in (("from", first_lr), ("to", last_lr)):
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= MAX_LR:
            errors.append(FieldError(key, f"{str(rate)[:40]} must be a number above 0 and at most {MAX_LR:,.0f}"))
    if not errors and first_lr >= last_lr:
        errors.append(FieldError("to", f"{last_lr:g} must be more than the first rate, {first_lr:g}"))
    if errors:
        raise ConfigError(errors)
    return LrSearch(num_steps, float(first_lr), float(last_lr))
