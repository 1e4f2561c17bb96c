"""How much memory a network takes, by arithmetic on its shapes: an estimate to show before the start, in float32."""

from __future__ import annotations

from dataclasses import dataclass

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.model_shapes import BYTES_PER_FLOAT, count_parameters


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes of the weights, and of all that training holds for them: weights, gradients, moments and activations."""

    weights_bytes: int
    training_bytes: int


def estimate_memory(config: RunConfig, num_inputs: int, num_classes: int) -> MemoryEstimate:
    """Without the data set and without what torch itself takes."""
    parameters = count_parameters(config.model, num_inputs, num_classes)
    tensors_per_parameter = 2 + config.optimizer.moments()
    values_per_unit = 2 + bool(config.model.dropout) + config.model.batch_norm
    activations = num_inputs + values_per_unit * sum(config.model.hidden) + num_classes
    total = parameters * tensors_per_parameter + activations * config.data.batch_size
    return MemoryEstimate(parameters * BYTES_PER_FLOAT, total * BYTES_PER_FLOAT)
