"""The learning rate of each epoch as its schedule gives it: for display alone, the engine's is torch's own."""

from __future__ import annotations

import math

from tui_trainer.runs.config import Constant, Cosine, RunConfig

MAX_POINTS = 400


def learning_rates(config: RunConfig) -> list[float]:
    """The rate in each epoch, the first one's first, for schedules that no loss steers and that step once an epoch; else none.

    At most MAX_POINTS of them, evenly spread. Cosine: lr (1 + cos(pi e / T)) / 2 in epoch e + 1 of T, as
    torch.optim.lr_scheduler.CosineAnnealingLR documents it.
    """
    epochs, lr = config.training.epochs, config.optimizer.lr
    num_points = min(epochs, MAX_POINTS)
    shares = [index / num_points for index in range(num_points)]
    match config.schedule:
        case Cosine():
            return [lr * (1 + math.cos(math.pi * share)) / 2 for share in shares]
        case Constant():
            return [lr for _ in shares]
    return []
