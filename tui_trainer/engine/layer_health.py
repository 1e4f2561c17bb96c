"""The health of each layer at one step: how far the update moved its weights, its gradient, and its units that are dead.

Looked at between steps; no weight, buffer or generator is changed, so that the bits are those of a run that nobody looks at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from tui_trainer.engine.network import MLP

NUM_EXAMPLES = 256
"""Examples on which a unit must give nothing to be called dead."""


class LayerHealth:
    """Watches one step of `network`: `before` it is made, and `after`."""

    def __init__(self, network: nn.Module, X_B: Tensor, *, is_relu: bool) -> None:
        """`X_B` (B, D) are examples to look for dead units with; only ReLU (`is_relu`) has such."""
        self._network, self._X_B, self._is_relu = network, X_B, is_relu
        self._gradient_norms: dict[str, float] = {}
        self._weights: dict[str, Tensor] = {}

    def before(self, gradients: Sequence[Tensor]) -> None:
        """Note weights and gradients, the latter in the order of the network's parameters."""
        named = zip((name for name, _ in self._network.named_parameters()), gradients, strict=True)
        weights = dict(_layer_weights(self._network))
        norms = {name: gradient.norm() for name, gradient in named}
        self._gradient_norms = {layer: norms[f"{layer}.weight"].item() for layer in weights}
        self._weights = {layer: weight.detach().clone() for layer, weight in weights.items()}

    def after(self) -> list[dict[str, Any]]:
        """`per_layer` of the `health` event, from the first layer to the last."""
        dead = self._dead_shares() if self._is_relu else []
        found = []
        for index, (layer, weight) in enumerate(_layer_weights(self._network)):
            old = self._weights[layer]
            found.append(
                {
                    "name": layer,
                    "update_ratio_log10": _log10_ratio((weight.detach() - old).norm().item(), old.norm().item()),
                    "dead_share": dead[index] if index < len(dead) else None,
                    "grad_norm": _finite(self._gradient_norms[layer]),
                }
            )
        self._weights = {}
        return found

    def _dead_shares(self) -> list[float]:
        """Of each hidden layer."""
        was_training = self._network.training
        self._network.eval()
        try:
            with torch.no_grad():
                return [
                    round((activation <= 0).all(dim=0).float().mean().item(), 6)
                    for activation in _hidden_activations(self._network, self._X_B)
                ]
        finally:
            self._network.train(was_training)


def _layer_weights(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    for name, module in network.named_modules():
        if isinstance(module, nn.Linear):
            yield name, module.weight


def _hidden_activations(network: nn.Module, x: Tensor) -> Iterator[Tensor]:
    """Of a network in evaluation mode, in which dropout and batch normalisation change nothing."""
    if isinstance(network, MLP):
        for index in range(1, network.num_layers):
            x = network.get_submodule(f"fc{index}")(x)
            x = network.get_submodule(f"{network.norm}{index}")(x) if network.norm else x
            x = network.activation(x)
            yield x
        return
    for module in network.children():
        x = module(x)
        if isinstance(module, nn.ReLU):
            yield x


def _log10_ratio(change: float, size: float) -> float | None:
    """None where nothing moved, or where one of them is no number."""
    if not (math.isfinite(change) and math.isfinite(size)) or change <= 0 or size <= 0:
        return None
    return round(math.log10(change / size), 4)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
