"""The learning rate of each epoch as its schedule gives it: for display alone, the engine's is torch's own."""

from __future__ import annotations

import math

from tui_trainer.runs.config import Cosine, RunConfig

MAX_POINTS = 400


def learning_rates(config: RunConfig) -> list[float]:
    """The rate in each epoch, the first one's first; at most MAX_POINTS of them, evenly spread over the epochs.

    Cosine: lr (1 + cos(pi e / T)) / 2 in epoch e + 1 of T, as torch.optim.lr_scheduler.CosineAnnealingLR documents it.
    """
    epochs = config.training.epochs
    num_points = min(epochs, MAX_POINTS)
    shares = [index / num_points for index in range(num_points)]
    if isinstance(config.schedule, Cosine):
        return [config.optimizer.lr * (1 + math.cos(math.pi * share)) / 2 for share in shares]
    return [config.optimizer.lr for _ in shares]
