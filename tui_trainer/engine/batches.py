"""Batches of the training set in the order of an epoch: taken on the device, ahead in a thread, or by DataLoader's workers.

All give the same bits; the last batch of an epoch may be smaller. B: batch, D: inputs.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import torch
from torch.utils.data import DataLoader, Dataset

from tui_trainer.engine.epoch_order import EpochOrder
from tui_trainer.engine.example_set import Batch, ExampleSet
from tui_trainer.engine.spare_cores import SpareCores
from tui_trainer.engine.thread_count import keep_thread_count


class EpochBatches(Protocol):
    """What the loop iterates over."""

    def iterate(self, order: EpochOrder, start: int = 0) -> Iterator[Batch]:
        """Batches from example `start` of the epoch on."""
        ...


class DirectBatches:
    """Batches taken between the steps, for data that lies on a GPU: its own queue makes them while the CPU goes on."""

    def __init__(self, examples: ExampleSet, batch_size: int, device: torch.device) -> None:
        self._examples, self._batch_size, self._device = examples, batch_size, device

    def iterate(self, order: EpochOrder, start: int = 0) -> Iterator[Batch]:
        """Batches from example `start` of the epoch on."""
        for index in torch.split(order.permutation.to(self._device)[start:], self._batch_size):
            yield self._examples.take(index)


CHUNK_BYTES = 4 << 20
"""What is taken in one call: a few of them stay in a processor's last cache until they are used."""
CHUNKS_AHEAD = 2
ALIGNMENT_BYTES = 64
"""Where torch's allocator lets a tensor begin; the bits of a matrix product may depend on it."""


class AheadBatches:
    """Batches taken in a thread of their own while the steps before them are made: rows of a large set come slowly.

    Many batches are taken at once and handed out as views, where each of them begins as aligned as a tensor of its own would.
    While `spare` lends its cores to the steps, that thread would stand in their way, and batches are taken between them.
    """

    def __init__(self, examples: ExampleSet, batch_size: int, spare: SpareCores | None = None) -> None:
        row = examples.take(torch.arange(1))[0]
        batch_bytes = batch_size * row.numel() * row.element_size()
        self._examples, self._batch_size = examples, batch_size
        self._chunk_size = batch_size * max(1, CHUNK_BYTES // batch_bytes)
        self._is_aligned = batch_bytes % ALIGNMENT_BYTES == 0
        self._spare = spare
        self._take_wide = self._take if spare is None else spare.widen(self._take)

    def iterate(self, order: EpochOrder, start: int = 0) -> Iterator[Batch]:
        """Batches from example `start` of the epoch on."""
        chunks = iter(torch.split(order.permutation[start:], self._chunk_size))
        with ThreadPoolExecutor(1, "batches-ahead", keep_thread_count, (1,)) as pool:
            pending: deque[Future[list[Batch]]] = deque()
            while True:
                if self._spare is None or not self._spare.is_lent:
                    pending.extend(
                        pool.submit(self._take, index) for index in itertools.islice(chunks, CHUNKS_AHEAD + 1 - len(pending))
                    )
                if pending:
                    yield from pending.popleft().result()
                    continue
                following = next(chunks, None)
                if following is None:
                    return
                yield from self._take_wide(following)

    def _take(self, index: torch.Tensor) -> list[Batch]:
        if not self._is_aligned:
            return [self._examples.take(part) for part in torch.split(index, self._batch_size)]
        X, y = self._examples.take(index)
        return list(zip(torch.split(X, self._batch_size), torch.split(y, self._batch_size), strict=True))


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


def build_batches(
    examples: ExampleSet, batch_size: int, num_workers: int, device: torch.device, spare: SpareCores | None = None
) -> EpochBatches:
    """Batches of `examples`, which lie on `device` or are streamed to it; `spare` lends to the steps made of them."""
    if num_workers > 0:
        return WorkerBatches(examples, batch_size, num_workers, device)
    if device.type == "cpu":
        return AheadBatches(examples, batch_size, spare)
    return DirectBatches(examples, batch_size, device)
