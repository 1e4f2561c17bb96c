"""Batches of the training set in the order of an epoch: taken here, or by worker processes of torch's own DataLoader.

Both give the same bits; the last batch of an epoch may be smaller.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch.utils.data import DataLoader, Dataset

from tui_trainer.engine.epoch_order import EpochOrder
from tui_trainer.engine.example_set import Batch, ExampleSet


class EpochBatches(Protocol):
    """What the loop iterates over."""

    def iterate(self, order: EpochOrder, start: int = 0) -> Iterator[Batch]:
        """Batches from example `start` of the epoch on."""
        ...


class DirectBatches:
    """Batches taken in the training process itself, the faster way for data in memory."""

    def __init__(self, examples: ExampleSet, batch_size: int, device: torch.device) -> None:
        self._examples, self._batch_size, self._device = examples, batch_size, device

    def iterate(self, order: EpochOrder, start: int = 0) -> Iterator[Batch]:
        """Batches from example `start` of the epoch on."""
        for index in torch.split(order.permutation.to(self._device)[start:], self._batch_size):
            yield self._examples.take(index)


class WorkerBatches:
    """Batches taken by the worker processes of a DataLoader; for data whose loading costs more than the hand-over."""

    def __init__(self, examples: ExampleSet, batch_size: int, num_workers: int, device: torch.device) -> None:
        self._dataset = _BatchedDataset(examples.on_cpu())
        self._batch_size, self._num_workers, self._device = batch_size, num_workers, device

    def iterate(self, order: EpochOrder, start: int = 0) -> Iterator[Batch]:
        """Batches from example `start` of the epoch on."""
        batches = list(torch.split(order.permutation[start:], self._batch_size))
        loader = DataLoader(
            self._dataset, batch_size=None, sampler=batches, num_workers=self._num_workers, persistent_workers=False
        )
        # The epoch's order has drawn the base seed already; the loader's own draw must not count twice.
        state = torch.get_rng_state()
        iterator = iter(loader)
        torch.set_rng_state(state)
        for X_B, y_B in iterator:
            yield X_B.to(self._device), y_B.to(self._device)


class _BatchedDataset(Dataset[Batch]):
    """An ExampleSet whose index is a whole batch's, so that a worker takes it in one call."""

    def __init__(self, examples: ExampleSet) -> None:
        self._examples = examples

    def __getitem__(self, index: torch.Tensor) -> Batch:
        return self._examples.take(index)


def build_batches(examples: ExampleSet, batch_size: int, num_workers: int, device: torch.device) -> EpochBatches:
    """Batches of `examples`, which lie on `device` or are streamed to it."""
    if num_workers > 0:
        return WorkerBatches(examples, batch_size, num_workers, device)
    return DirectBatches(examples, batch_size, device)
