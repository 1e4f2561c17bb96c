"""The network that a ModelConfig describes: inputs (B, D) float32 -> logits (B, C) float32.

Two spellings of one function: a class with fc1 ... fcN (and bn1 ...) as the book writes it, or nn.Sequential; they differ in
the keys of the state_dict. Modules are made in the order of the printed script, because each draws its first weights from
torch's generator.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tui_trainer.runs.config import ModelConfig, Style


class MLP(nn.Module):
    """The book's class for any number of hidden layers: fc, batch normalisation, ReLU, dropout, as far as configured."""

    def __init__(self, widths: list[int], dropout: float, batch_norm: bool) -> None:
        """`widths` are the units of inputs, hidden layers and logits, in this order."""
        super().__init__()
        self.num_layers = len(widths) - 1
        self.dropout = dropout
        self.batch_norm = batch_norm
        for index in range(1, self.num_layers + 1):
            self.add_module(f"fc{index}", nn.Linear(widths[index - 1], widths[index]))
            if batch_norm and index < self.num_layers:
                self.add_module(f"bn{index}", nn.BatchNorm1d(widths[index]))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, C) of a batch (B, D)."""
        for index in range(1, self.num_layers):
            x = self._modules[f"fc{index}"](x)  # type: ignore[misc]
            if self.batch_norm:
                x = self._modules[f"bn{index}"](x)  # type: ignore[misc]
            x = F.relu(x)
            if self.dropout:
                x = F.dropout(x, self.dropout, self.training)
        return self._modules[f"fc{self.num_layers}"](x)  # type: ignore[misc, no-any-return]


def build_network(model: ModelConfig, num_inputs: int, num_classes: int) -> nn.Module:
    """The network with freshly drawn weights, on the CPU, in training mode."""
    widths = [num_inputs, *model.hidden, num_classes]
    if model.style is Style.CLASS:
        return MLP(widths, model.dropout, model.batch_norm)
    layers: list[nn.Module] = []
    for index in range(1, len(widths)):
        layers.append(nn.Linear(widths[index - 1], widths[index]))
        if index == len(widths) - 1:
            break
        if model.batch_norm:
            layers.append(nn.BatchNorm1d(widths[index]))
        layers.append(nn.ReLU())
        if model.dropout:
            layers.append(nn.Dropout(model.dropout))
    return nn.Sequential(*layers)


def describe_network(model: ModelConfig, num_inputs: int, num_classes: int) -> dict[str, Any]:
    """What a manifest says of the network; `build_described` is its inverse."""
    return {**model.model_dump(mode="json"), "num_inputs": num_inputs, "num_classes": num_classes}


def count_parameters(network: nn.Module) -> int:
    """Trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters())


def has_finite_weights(state_dict: dict[str, Tensor]) -> bool:
    """Whether no entry holds NaN or infinity."""
    return all(bool(torch.isfinite(tensor).all()) for tensor in state_dict.values() if tensor.is_floating_point())
