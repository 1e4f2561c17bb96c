"""One optimiser step over several processes: each rank's slice of the batch, gradients averaged by DistributedDataParallel.

The result is the gradient of the global batch's mean loss, summed in another order than one process does. `SlicedStep` is what
every rank makes; `LeadingStep` is rank 0's: the loop calls it as any other step, and it tells the other ranks to make theirs.
"""

from __future__ import annotations

import hashlib

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from tui_trainer.engine.epoch_order import EpochOrder
from tui_trainer.engine.process_group import ProcessGroup, Word
from tui_trainer.engine.rank_slices import slice_of
from tui_trainer.engine.train_step import StepWatch
from tui_trainer.engine.training_state import TrainingState
from tui_trainer.engine.world import World
from tui_trainer.runs.config import RunConfig, StepMode


class SlicedStep:
    """This rank's part of a step; made on all ranks at the same time, because they compare and copy their networks."""

    def __init__(self, group: ProcessGroup, world: World, state: TrainingState, config: RunConfig) -> None:
        self._group, self._world, self._optimizer = group, world, state.optimizer
        device_ids = [state.device] if state.device.type == "cuda" else None
        self._network = DistributedDataParallel(state.network, device_ids=device_ids)
        self._seed = config.seed
        self._has_dropout = config.model.dropout > 0

    def run(self, X_S: Tensor, y_S: Tensor, batch_size: int, step: int) -> Tensor:
        """Train on this rank's slice X (S, D), y (S,), perhaps empty, of a batch of `batch_size` after `step` steps.

        The batch's mean loss () on rank 0, from before the update; undefined on others.
        """
        if self._has_dropout and self._world.rank > 0:
            # Masks of its own on each rank, and the same ones after a resume; rank 0 draws from the run's generator.
            torch.manual_seed(_mask_seed(self._seed, self._world.rank, step))
        self._optimizer.zero_grad()
        # Gradients are averaged over the ranks whatever the sizes of their slices, so the size is put in here.
        loss = F.cross_entropy(self._network(X_S), y_S, reduction="sum") * (self._world.size / batch_size)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        mean = loss.detach() / self._world.size
        self._group.add_up_at_first(mean)
        return mean


class LeadingStep:
    """Rank 0's step; reads position, order and learning rate of the run from `state`."""

    mode = StepMode.EAGER
    watch: StepWatch | None = None
    can_be_watched = False
    """Its gradient lies in parts on all ranks."""

    def __init__(self, sliced: SlicedStep, group: ProcessGroup, world: World, state: TrainingState) -> None:
        self._sliced, self._group, self._world, self._state = sliced, group, world, state
        self._order: EpochOrder | None = None

    def __call__(self, X_B: Tensor, y_B: Tensor) -> Tensor:
        """Train on one batch together with the other ranks."""
        state, position = self._state, self._state.position
        if state.order is not None and state.order is not self._order:
            self._order = state.order
            self._group.send(Word.ORDER)
            self._group.copy_from_first(self._order.generator_state)
        self._group.send(Word.STEP, position.examples_used, len(y_B), position.step, state.lr)
        own = slice_of(len(y_B), 0, self._world.size)
        return self._sliced.run(X_B[own], y_B[own], len(y_B), position.step)


def _mask_seed(seed: int, rank: int, step: int) -> int:
    """Far apart for neighbouring ranks and steps."""
    return int.from_bytes(hashlib.blake2b(f"{seed},{rank},{step}".encode(), digest_size=8).digest()) >> 1
