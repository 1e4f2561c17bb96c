"""EarlyStopper: whether a run has not got better for too long; its best value and count are part of the resume state."""

from __future__ import annotations

import math
from typing import Any

from tui_trainer.runs.config import EarlyStopping, TrainingConfig


class EarlyStopper:
    """Told one value an epoch; one that is not finite is no better one."""

    def __init__(self, training: TrainingConfig) -> None:
        self.metric, self.patience, self._min_delta = training.early_stopping, training.patience, training.min_delta
        self.best: float | None = None
        self.best_epoch = 0
        self.num_bad = 0

    @property
    def is_on(self) -> bool:
        """Whether anything is watched."""
        return self.metric is not EarlyStopping.OFF

    @property
    def is_spent(self) -> bool:
        """Whether the run is to end."""
        return self.is_on and self.num_bad >= self.patience

    @property
    def reason(self) -> str:
        """Why it is to end."""
        return f"{self.metric.value} has not got better for {self.num_bad} epochs, since epoch {self.best_epoch}"

    def observe(self, epoch: int, values: dict[str, float]) -> None:
        """Take in what `epoch` ended with; `values` has the metric that is watched."""
        if not self.is_on:
            return
        value = values[self.metric.value]
        if self._is_better(value):
            self.best, self.best_epoch, self.num_bad = value, epoch, 0
        else:
            self.num_bad += 1

    def _is_better(self, value: float) -> bool:
        if not math.isfinite(value) or self.best is None:
            return math.isfinite(value)
        return value > self.best + self._min_delta if self.metric.rises else value < self.best - self._min_delta

    def state_dict(self) -> dict[str, Any]:
        """What changes, as strict JSON."""
        return {"metric": self.metric.value, "best": self.best, "best_epoch": self.best_epoch, "num_bad": self.num_bad}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.best, self.best_epoch, self.num_bad = state["best"], state["best_epoch"], state["num_bad"]
