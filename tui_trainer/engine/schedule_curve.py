"""The learning rate over a whole run before it starts, simulated with torch's own schedulers; for the server alone.

Nothing is trained: the schedule of the configuration is stepped over an optimiser of one parameter. Plateau is followed as if
the loss fell in each epoch, which the answer says.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim import SGD

from tui_trainer.engine.schedule import build_schedule
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.schedules import Cadence

MAX_POINTS = 400
MAX_SIMULATED = 40_000
"""Scheduler steps that are simulated at most: some 0.3 s. A longer run is shown by its first part."""


def simulate_schedule(config: RunConfig, steps_per_epoch: int) -> dict[str, Any]:
    """{points: [[epoch, lr]], epochs_shown, cadence, assumed: text or null}; epoch is a fraction, 0 at the first step.

    At most MAX_POINTS points, the first and last step's among them; `lr` is what a step at that moment is made with.
    """
    per_epoch = steps_per_epoch if config.schedule.cadence is Cadence.STEP else 1
    total = config.training.epochs * per_epoch
    shown = min(total, MAX_SIMULATED)
    rates = _rates(config, steps_per_epoch, shown)
    num_points = min(MAX_POINTS, shown)
    kept = [index * (shown - 1) // max(1, num_points - 1) for index in range(num_points)]
    is_plateau = config.schedule.cadence is Cadence.METRIC
    return {
        "points": [[index / per_epoch, rates[index]] for index in kept],
        "epochs_shown": shown / per_epoch,
        "cadence": config.schedule.cadence.value,
        "assumed": "the loss falls in each epoch; it drops when that no longer holds" if is_plateau else None,
    }


def _rates(config: RunConfig, steps_per_epoch: int, count: int) -> list[float]:
    """The learning rate of each of the first `count` steps of the scheduler."""
    optimizer = SGD([nn.Parameter(torch.zeros(1))], lr=config.optimizer.lr)
    schedule = build_schedule(config, optimizer, steps_per_epoch)
    rates = []
    for index in range(count):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        schedule.step_taken()
        # A loss that falls by enough each time, whatever plateau's threshold.
        schedule.epoch_ended(-float(index))
    return rates
