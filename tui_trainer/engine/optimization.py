"""The optimiser that a RunConfig names, built from torch's own classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.optim import AdamW, Optimizer

from tui_trainer.runs.config import AnyOptimizer
from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.optimizers import Muon


def build_optimizer(optimizer: AnyOptimizer, parameters: Iterable[nn.Parameter]) -> Optimizer:
    """torch.optim's class of the entry's name, with its fields as arguments; ConfigError where this torch has none.

    `parameters` in the order of the network's layers.
    """
    torch_class: type[Optimizer] | None = getattr(torch.optim, optimizer.torch_class, None)
    if torch_class is None:
        message = (
            f'"{optimizer.name}" needs torch.optim.{optimizer.torch_class}, torch {torch.__version__} has none; take adamw'
        )
        raise ConfigError([FieldError("optimizer.name", message)])
    if isinstance(optimizer, Muon):
        return _build_muon(optimizer, list(parameters))
    return torch_class(parameters, **optimizer.torch_arguments())


def _build_muon(optimizer: Muon, parameters: list[nn.Parameter]) -> OptimizerPair:
    matrices = [parameter for parameter in parameters if parameter.ndim == 2]
    hidden, last = matrices[:-1], matrices[-1]
    rest = [parameter for parameter in parameters if parameter.ndim != 2 or parameter is last]
    muon = torch.optim.Muon(hidden, **optimizer.torch_arguments())
    return OptimizerPair(muon, AdamW(rest, **optimizer.rest.torch_arguments()))


class OptimizerPair(Optimizer):
    """Two optimisers that share out a network's parameters, as one with two groups; `first` has the group of index 0.

    State and groups are this object's, so that copies, schedulers and a restored state see one optimiser; before each step
    the two are given theirs.
    """

    def __init__(self, first: Optimizer, second: Optimizer) -> None:
        self.pair = (first, second)
        super().__init__([*first.param_groups, *second.param_groups], {})
        for part in self.pair:
            self.state.update(part.state)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "pair": self.pair}

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Step both; `closure` is there for the base class and must be None."""
        for part, group in zip(self.pair, self.param_groups, strict=True):
            part.state, part.param_groups = self.state, [group]
            part.step()
