"""MemoryNeeds: what a network takes while it trains, by arithmetic on its shapes in float32, without building anything.

The one truth for the form, its warnings, the refusal before a start and the advice after one that did not fit. The data set and
what torch itself takes are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.model_shapes import BYTES_PER_FLOAT, count_parameters

TIGHT_SHARE = 0.8
"""From this share of the free memory on it is tight."""


class Fit(StrEnum):
    """Whether what is needed goes into what is free."""

    FITS = "fits"
    TIGHT = "tight"
    TOO_BIG = "will not fit"


@dataclass(frozen=True, slots=True)
class MemoryNeeds:
    """Bytes by what they are for."""

    weights_bytes: int
    gradients_bytes: int
    moments_bytes: int
    """What the optimiser keeps."""
    mean_weights_bytes: int
    """The running mean of weights, where `training.ema_decay` asks for one."""
    activations_bytes: int
    """Of the larger of a training step's batch, or part of one, and an evaluation's."""

    @property
    def total_bytes(self) -> int:
        """All of it."""
        kept = self.weights_bytes + self.gradients_bytes + self.moments_bytes + self.mean_weights_bytes
        return kept + self.activations_bytes


def memory_needs(config: RunConfig, num_inputs: int, num_classes: int) -> MemoryNeeds:
    """The needs of `config` on inputs (B, num_inputs) and logits (B, num_classes)."""
    weights = count_parameters(config.model, num_inputs, num_classes) * BYTES_PER_FLOAT
    model, training = config.model, config.training
    # A layer's sums and its activation are kept for the gradient; so are what normalisation and dropout make of them.
    values_per_unit = 2 + model.has_norm + bool(model.dropout)
    values = num_inputs + values_per_unit * sum(model.hidden) + num_classes
    batch = max(-(-config.data.batch_size // training.accumulate), config.data.eval_batch_size)
    return MemoryNeeds(
        weights_bytes=weights,
        gradients_bytes=weights,
        moments_bytes=weights * config.optimizer.moments(),
        mean_weights_bytes=weights if training.ema_decay else 0,
        activations_bytes=batch * values * BYTES_PER_FLOAT,
    )


def fit_of(needed_bytes: int, free_bytes: int) -> Fit:
    """Fits, tight from TIGHT_SHARE of what is free on, or too big."""
    if needed_bytes > free_bytes:
        return Fit.TOO_BIG
    return Fit.TIGHT if needed_bytes > TIGHT_SHARE * free_bytes else Fit.FITS
