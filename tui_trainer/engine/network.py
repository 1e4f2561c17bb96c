"""The network that a ModelConfig describes: inputs (B, D) float32 -> logits (B, C) float32.

Two spellings of one function: a class with fc1 ... fcN (and bn1 ... or ln1 ...) as the book writes it, or nn.Sequential; they
differ in the keys of the state_dict. Modules are made in the order of the printed script, because each draws its first weights
from torch's generator; an initialisation of its own then draws them again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tui_trainer.runs.activations import ACTIVATIONS
from tui_trainer.runs.config import Initialisation, ModelConfig, Style


class MLP(nn.Module):
    """The book's class for any number of hidden layers: fc, normalisation, activation, dropout, as far as configured."""

    def __init__(self, widths: list[int], model: ModelConfig) -> None:
        """`widths` are the units of inputs, hidden layers and logits, in this order."""
        super().__init__()
        self.num_layers = len(widths) - 1
        self.dropout = model.dropout
        self.norm = "bn" if model.batch_norm else "ln" if model.layer_norm else None
        self.activation = _function(model)
        for index in range(1, self.num_layers + 1):
            self.add_module(f"fc{index}", nn.Linear(widths[index - 1], widths[index]))
            if self.norm and index < self.num_layers:
                self.add_module(f"{self.norm}{index}", _build_norm(model, widths[index]))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, C) of a batch (B, D)."""
        for index in range(1, self.num_layers):
            x = self._modules[f"fc{index}"](x)  # type: ignore[misc]
            if self.norm:
                x = self._modules[f"{self.norm}{index}"](x)  # type: ignore[misc]
            x = self.activation(x)
            if self.dropout:
                x = F.dropout(x, self.dropout, self.training)
        return self._modules[f"fc{self.num_layers}"](x)  # type: ignore[misc, no-any-return]


def build_network(model: ModelConfig, num_inputs: int, num_classes: int) -> nn.Module:
    """The network with freshly drawn weights, on the CPU, in training mode."""
    widths = [num_inputs, *model.hidden, num_classes]
    network = MLP(widths, model) if model.style is Style.CLASS else _build_sequential(widths, model)
    draw_weights(network, model.init)
    return network


def _build_sequential(widths: list[int], model: ModelConfig) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(1, len(widths)):
        layers.append(nn.Linear(widths[index - 1], widths[index]))
        if index == len(widths) - 1:
            break
        if model.has_norm:
            layers.append(_build_norm(model, widths[index]))
        layers.append(getattr(nn, ACTIVATIONS[model.activation].module)())
        if model.dropout:
            layers.append(nn.Dropout(model.dropout))
    return nn.Sequential(*layers)


def _build_norm(model: ModelConfig, units: int) -> nn.Module:
    return nn.BatchNorm1d(units) if model.batch_norm else nn.LayerNorm(units)


def _function(model: ModelConfig) -> Callable[[Tensor], Tensor]:
    owner, _, name = ACTIVATIONS[model.activation].function.partition(".")
    function: Callable[[Tensor], Tensor] = getattr(F if owner == "F" else torch, name)
    return function


def draw_weights(network: nn.Module, initialisation: Initialisation) -> None:
    """Draw the weights of every Linear anew and set its biases to zero; torch's default is left as it was drawn."""
    if initialisation is Initialisation.DEFAULT:
        return
    draw = getattr(nn.init, f"{initialisation.value}_")
    # Kaiming's default nonlinearity is leaky ReLU of slope 0, whose gain is ReLU's; the name says what is meant.
    options = {"nonlinearity": "relu"} if initialisation is Initialisation.KAIMING_NORMAL else {}
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            draw(layer.weight, **options)
            nn.init.zeros_(layer.bias)


def describe_network(model: ModelConfig, num_inputs: int, num_classes: int) -> dict[str, Any]:
    """What a manifest says of the network; `build_described` is its inverse."""
    return {**model.model_dump(mode="json"), "num_inputs": num_inputs, "num_classes": num_classes}


def count_parameters(network: nn.Module) -> int:
    """Trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters())


def has_finite_weights(state_dict: dict[str, Tensor]) -> bool:
    """Whether no entry holds NaN or infinity."""
    return all(bool(torch.isfinite(tensor).all()) for tensor in state_dict.values() if tensor.is_floating_point())
