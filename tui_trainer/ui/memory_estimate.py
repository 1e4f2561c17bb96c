"""How much memory a network takes, as the screen shows it: `runs.memory_needs` in two numbers."""

from __future__ import annotations

from dataclasses import dataclass

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.memory_needs import memory_needs


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes of the weights, and of all that training holds for them: weights, gradients, moments and activations."""

    weights_bytes: int
    training_bytes: int


def estimate_memory(config: RunConfig, num_inputs: int, num_classes: int) -> MemoryEstimate:
    """Without the data set and without what torch itself takes."""
    needs = memory_needs(config, num_inputs, num_classes)
    return MemoryEstimate(needs.weights_bytes, needs.total_bytes)
