"""Batches of the training set in the order of an epoch: from memory, or through torch's own DataLoader with workers.

Both give the same bits. A batch is (X (B, D) float32, y (B,) int64) on the device; the last one of an epoch may be smaller.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.epoch_order import EpochOrder

Batch = tuple[Tensor, Tensor]


class MemoryBatches:
    """Batches taken by index_select from tensors that lie on the device."""

    def __init__(self, X: Tensor, y: Tensor, batch_size: int) -> None:
        self._X, self._y, self._batch_size = X, y, batch_size

    def iterate(self, order: EpochOrder, start: int = 0) -> Iterator[Batch]:
        """Batches from example `start` of the epoch on."""
        permutation = order.permutation.to(self._X.device)
        for index in torch.split(permutation[start:], self._batch_size):
            yield self._X.index_select(0, index), self._y.index_select(0, index)


class WorkerBatches:
    """Batches collated by the worker processes of a DataLoader; for data whose loading costs more than the hand-over."""

    def __init__(self, X: Tensor, y: Tensor, batch_size: int, num_workers: int, device: torch.device) -> None:
        """`X` and `y` lie on the CPU."""
        self._dataset = TensorDataset(X, y)
        self._batch_size, self._num_workers, self._device = batch_size, num_workers, device

    def iterate(self, order: EpochOrder, start: int = 0) -> Iterator[Batch]:
        """Batches from example `start` of the epoch on."""
        batches = [index.tolist() for index in torch.split(order.permutation[start:], self._batch_size)]
        loader = DataLoader(self._dataset, batch_sampler=batches, num_workers=self._num_workers, persistent_workers=False)
        # The epoch's order has drawn the base seed already; the loader's own draw must not count twice.
        state = torch.get_rng_state()
        iterator = iter(loader)
        torch.set_rng_state(state)
        for X, y in iterator:
            yield X.to(self._device), y.to(self._device)


def set_tensors(dataset: Dataset, device: torch.device) -> tuple[Batch, Batch]:
    """Train and test set as (X (N, D) float32 scaled, y (N,) int64) on `device`."""
    train = torch.from_numpy(dataset.scaled(dataset.train_X)), torch.tensor(dataset.train_y)
    test = torch.from_numpy(dataset.scaled(dataset.test_X)), torch.tensor(dataset.test_y)
    return (train[0].to(device), train[1].to(device)), (test[0].to(device), test[1].to(device))


def build_batches(
    X: Tensor, y: Tensor, batch_size: int, num_workers: int, device: torch.device
) -> MemoryBatches | WorkerBatches:
    """Batches of the set X (N, D), y (N,) on `device`; workers get a copy on the CPU, since a device cannot be forked."""
    if num_workers > 0:
        return WorkerBatches(X.cpu(), y.cpu(), batch_size, num_workers, device)
    return MemoryBatches(X, y, batch_size)
