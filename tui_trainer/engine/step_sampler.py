"""StepSampler: looks at a step now and then: its gradient's norm a few times a second, layers and device every few seconds.

The recorder arms it after it has written; the next step is looked at, and no other, so that all others cost one comparison. It
reads what the step has and changes nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from tui_trainer.engine.device_gauge import DeviceGauge
from tui_trainer.engine.layer_health import LayerHealth
from tui_trainer.engine.train_step import TrainStep
from tui_trainer.runs.event_log import EventLog

HEALTH_S = 2.0
"""Seconds from one look at the layers and the device to the next."""


class StepSampler:
    """One for each attempt; used by the training thread alone."""

    def __init__(
        self, log: EventLog, health: LayerHealth, gauge: DeviceGauge, step: Callable[[], TrainStep], position: Callable[[], int]
    ) -> None:
        """`step` is the one that trains now, `position` the number of steps done."""
        self._log, self._health, self._gauge, self._step, self._position = log, health, gauge, step, position
        self._norms: list[list[float]] = []
        self._looks_at_layers = False
        self._looked_at = -math.inf

    def arm(self) -> None:
        """Look at the next step."""
        step = self._step()
        if step.can_be_watched:
            step.watch = self

    def take_norms(self) -> list[list[float]]:
        """[step, norm of the whole gradient before it is clipped] of what was looked at since the last call."""
        norms, self._norms = self._norms, []
        return norms

    def before(self, gradients: Sequence[Tensor]) -> None:
        """The step has its gradients and makes its update next."""
        norm = torch.stack(torch._foreach_norm(list(gradients))).norm().item()
        if math.isfinite(norm):
            self._norms.append([self._position() + 1, norm])
        self._looks_at_layers = time.monotonic() - self._looked_at >= HEALTH_S
        if self._looks_at_layers:
            self._health.before(gradients)

    def after(self) -> None:
        """The step is made."""
        self._step().watch = None
        if self._looks_at_layers:
            self._looked_at = time.monotonic()
            per_layer: list[dict[str, Any]] = self._health.after()
            self._log.append("health", step=self._position() + 1, per_layer=per_layer)
            self._log.append("device", **self._gauge.read())
