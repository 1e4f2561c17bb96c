"""A part of a data set as batches of tensors: from memory on the run's device, or streamed from memory-mapped arrays.

Both give the same bits. A batch is X (B, D) float32, scaled, and y on the device: labels (B,) int64, or a regression's targets
(B, 1) float32, standardised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from tui_trainer.engine.dataset import Array, Dataset
from tui_trainer.engine.file_rows import FileRows

Batch = tuple[Tensor, Tensor]


class ExampleSet(Protocol):
    """N examples that can be taken in any order, or all in their own."""

    def __len__(self) -> int: ...

    def take(self, index: Tensor) -> Batch:
        """The examples `index` (B,) int64, in this order."""
        ...

    def batches(self, size: int) -> Iterator[Batch]:
        """All examples in order, `size` at a time, the last batch perhaps smaller."""
        ...

    def on_cpu(self) -> ExampleSet:
        """The same set with batches on the CPU, for worker processes."""
        ...


class MemorySet:
    """X (N, D) float32 and y (N,) int64, which lie on the device."""

    def __init__(self, X: Tensor, y: Tensor) -> None:
        self.X, self.y = X, y

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Tensor) -> Batch:
        """The examples `index`, copied."""
        index = index.to(self.X.device)
        return self.X.index_select(0, index), self.y.index_select(0, index)

    def batches(self, size: int) -> Iterator[Batch]:
        """Views of the whole set."""
        return zip(torch.split(self.X, size), torch.split(self.y, size), strict=True)

    def on_cpu(self) -> MemorySet:
        """Itself, where it lies there already."""
        return MemorySet(self.X.cpu(), self.y.cpu())


class StreamedSet:
    """Rows read from a file and scaled when they are asked for; memory stays bounded."""

    def __init__(self, dataset: Dataset, X: Array, y: Array, device: torch.device) -> None:
        """`X` (N, D): memory-mapped, or in memory already; `y` as the loss takes it."""
        self._dataset, self._X, self._device = dataset, X, device
        self._y = torch.tensor(y)
        self._rows = FileRows(X) if isinstance(X, np.memmap) and X.flags.c_contiguous else None

    def __len__(self) -> int:
        return len(self._y)

    def take(self, index: Tensor) -> Batch:
        """The examples `index`, read from the file."""
        rows = index.cpu()
        X = self._rows.take(rows.numpy()) if self._rows else self._X[rows.numpy()]
        return self._scaled(X), self._y.index_select(0, rows).to(self._device)

    def batches(self, size: int) -> Iterator[Batch]:
        """The whole set, read as it goes."""
        for start in range(0, len(self), size):
            stop = min(start + size, len(self))
            X = self._rows.slice(start, stop) if self._rows else self._X[start:stop]
            yield self._scaled(X), self._y[start:stop].to(self._device)

    def on_cpu(self) -> StreamedSet:
        """A set of its own over the same file."""
        return StreamedSet(self._dataset, self._X, self._y.numpy(), torch.device("cpu"))

    def _scaled(self, rows: Array) -> Tensor:
        return torch.from_numpy(self._dataset.scaled(rows)).to(self._device)


def load_sets(dataset: Dataset, device: torch.device, *, is_streamed: bool) -> tuple[ExampleSet, ExampleSet]:
    """Training and test set."""
    parts = ((dataset.train_X, dataset.train_y), (dataset.test_X, dataset.test_y))
    train, test = (load_part(dataset, X, y, device, is_streamed=is_streamed) for X, y in parts)
    return train, test


def load_part(dataset: Dataset, X: Array, y: Array, device: torch.device, *, is_streamed: bool) -> ExampleSet:
    """Some raw rows `X` of `dataset` with their targets `y`."""
    if is_streamed:
        return StreamedSet(dataset, X, dataset.scaled_targets(y), device)
    return MemorySet(torch.from_numpy(dataset.scaled(X)).to(device), torch.tensor(dataset.scaled_targets(y)).to(device))
