"""The order of one epoch's examples, and the random numbers that torch's DataLoader draws to get it.

Each iteration over a DataLoader draws one base seed from the default generator; with shuffle a second draw seeds a generator of
the permutation's own (torch.utils.data.RandomSampler). The same draws here keep batches and dropout equal to the script's.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class EpochOrder:
    """`permutation` (N,) int64, and the state (U8) of the generator that gives it again."""

    permutation: Tensor
    generator_state: Tensor


def draw_base_seed() -> None:
    """Draw what a DataLoader's iterator draws from the default generator when it is made."""
    torch.empty((), dtype=torch.int64).random_()


def draw_epoch_order(num_examples: int) -> EpochOrder:
    """The next epoch's order, by the two draws of a shuffling DataLoader."""
    draw_base_seed()
    generator = torch.Generator()
    generator.manual_seed(int(torch.empty((), dtype=torch.int64).random_().item()))
    return restore_epoch_order(num_examples, generator.get_state())


def restore_epoch_order(num_examples: int, generator_state: Tensor) -> EpochOrder:
    """The order that an earlier `draw_epoch_order` gave, from its generator's state; draws nothing from the default one."""
    generator = torch.Generator()
    generator.set_state(generator_state)
    return EpochOrder(torch.randperm(num_examples, generator=generator), generator_state)
