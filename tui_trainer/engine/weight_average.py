"""WeightAverage: the running mean of a network's weights (EMA), kept beside training by torch's own AveragedModel.

Buffers are the network's present ones. The mean has a file of its own in each checkpoint, with the network's keys.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

EMA = "ema.safetensors"


class WeightAverage:
    """mean = decay * mean + (1 - decay) * weights after each step; the first step's weights begin it."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._network = network
        self._average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay))  # type: ignore[no-untyped-call]

    def update(self) -> None:
        """An optimiser step was made."""
        self._average.update_parameters(self._network)

    @property
    def num_averaged(self) -> int:
        """Steps that the mean is over."""
        return int(self._average.n_averaged.item())

    def state_dict(self) -> dict[str, Tensor]:
        """The mean, under the network's keys."""
        weights: dict[str, Tensor] = self._average.module.state_dict()
        return weights

    def load(self, weights: dict[str, Tensor], num_averaged: int) -> None:
        """Go on from a mean over `num_averaged` steps."""
        self._average.module.load_state_dict(weights)
        self._average.n_averaged.copy_(torch.tensor(num_averaged))
