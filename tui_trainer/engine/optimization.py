"""The optimiser and the schedule that a RunConfig names, built from torch's own classes."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler

from tui_trainer.runs.config import AnyOptimizer, RunConfig


def build_optimizer(optimizer: AnyOptimizer, parameters: Iterable[nn.Parameter]) -> Optimizer:
    """torch.optim's class of the entry's name, with its fields as arguments."""
    torch_class: type[Optimizer] = getattr(torch.optim, optimizer.torch_class)
    return torch_class(parameters, **optimizer.torch_arguments())


def build_scheduler(config: RunConfig, optimizer: Optimizer) -> LRScheduler | None:
    """The scheduler, stepped once after each epoch's training; None for a constant learning rate."""
    # A replayed step never calls optimizer.step(), which the scheduler would take for a mistake and warn of.
    optimizer._opt_called = True  # type: ignore[attr-defined]
    if config.schedule.name == "cosine":
        return CosineAnnealingLR(optimizer, T_max=config.training.epochs)
    return None
