"""Shapes and parameter counts of a multilayer perceptron, by arithmetic alone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from tui_trainer.runs.config import ModelConfig

BYTES_PER_FLOAT = 4


@dataclass(frozen=True, slots=True)
class LayerShape:
    """One Linear layer with what follows it; `num_parameters` counts its normalisation too."""

    name: str
    inputs: int
    units: int
    num_parameters: int
    note: str


def layer_shapes(model: ModelConfig, num_inputs: int, num_classes: int) -> list[LayerShape]:
    """The layers from the input on; the last one gives the logits."""
    widths = [num_inputs, *model.hidden, num_classes]
    layers = []
    for index, (inputs, units) in enumerate(itertools.pairwise(widths), start=1):
        is_hidden = index < len(widths) - 1
        num_parameters = inputs * units + units + (2 * units if is_hidden and model.has_norm else 0)
        layers.append(LayerShape(f"fc{index}", inputs, units, num_parameters, _note(model) if is_hidden else "logits"))
    return layers


def _note(model: ModelConfig) -> str:
    parts = ["bn"] if model.batch_norm else ["ln"] if model.layer_norm else []
    parts.append(model.activation.value)
    if model.dropout:
        parts.append(f"{model.dropout:g}")
    return " · ".join(parts)


def count_parameters(model: ModelConfig, num_inputs: int, num_classes: int) -> int:
    """Trainable parameters: weights, biases, and two a unit for normalisation."""
    return sum(layer.num_parameters for layer in layer_shapes(model, num_inputs, num_classes))
