"""What every contender of the bench can do, the data that all of them share, and the threads and generator of a turn.

A contender trains the same network, on the same examples in batches of the same size, with the same plain SGD, and after each
epoch evaluates the whole training and test set. B: one batch, D: inputs, N: examples.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

import torch
from torch import Tensor

from tui_trainer.engine.dataset import Array, Dataset
from tui_trainer.engine.example_set import Batch
from tui_trainer.runs.config import SGD, RunConfig
from tui_trainer.runs.errors import UsageError


@dataclass(frozen=True, slots=True)
class Scores:
    """Accuracies (0 to 1) over both sets after the last epoch."""

    train_acc: float
    test_acc: float


class Contender(Protocol):
    """One way to train; it goes on where its last turn ended."""

    @property
    def kind(self) -> str:
        """`book`, `eager`, `replay`, `numpy` or `sklearn`."""

    @property
    def device(self) -> str:
        """The device as torch writes it."""

    @property
    def threads(self) -> int:
        """Threads of a matrix product in this contender's turns."""

    def train(self, num_epochs: int) -> None:
        """Train epochs, each followed by both evaluations; all work is done on return."""

    def scores(self) -> Scores:
        """What the last epoch's evaluations found."""

    def weights_sha256(self) -> str | None:
        """Digest of the state_dict; None where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class BenchData:
    """One data set, scaled, on the CPU, whose memory all contenders share that are not ours."""

    dataset: Dataset
    train: Batch
    """X (N, D) float32, y (N,) int64."""
    test: Batch


def bench_data(dataset: Dataset) -> BenchData:
    """`dataset` as those contenders take it."""
    parts = (dataset.train_X, dataset.train_y), (dataset.test_X, dataset.test_y)
    train, test = ((torch.from_numpy(dataset.scaled(X)), torch.tensor(y)) for X, y in parts)
    return BenchData(dataset, train, test)


def as_arrays(batch: Batch) -> tuple[Array, Array]:
    """A set as NumPy arrays of the same memory."""
    return batch[0].numpy(), batch[1].numpy()


def plain_lr(config: RunConfig) -> float:
    """The learning rate of a configuration that every contender can train; UsageError where it holds more than the book's."""
    optimizer, model = config.optimizer, config.model
    has_more = model.batch_norm or model.dropout or config.schedule.name != "constant" or config.data.num_workers
    if has_more or not isinstance(optimizer, SGD) or optimizer.momentum or optimizer.weight_decay:
        raise UsageError(
            "the bench compares plain SGD at a constant rate, without dropout and batch norm; take the preset book"
        )
    return optimizer.lr


@contextlib.contextmanager
def limited_threads(threads: int) -> Iterator[None]:
    """`threads` threads for torch and for the BLAS of NumPy; torch's count is put back afterwards."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with threadpool_limits(limits=threads, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)


class OwnGenerator:
    """torch's default generator, as it would be if its owner were alone in the process; a context for each turn."""

    def __init__(self, seed: int) -> None:
        self._state = torch.Generator().manual_seed(seed).get_state()
        self._others: Tensor | None = None

    def __enter__(self) -> None:
        """Go on from where the owner's last turn left it."""
        self._others = torch.get_rng_state()
        torch.set_rng_state(self._state)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Keep the owner's state and put the others' back."""
        self._state = torch.get_rng_state()
        if self._others is not None:
            torch.set_rng_state(self._others)
