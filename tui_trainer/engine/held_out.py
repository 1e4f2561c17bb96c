"""The validation split: a share of the training set that is never trained on, so that choices need not read the test set.

By scikit-learn's train_test_split with data.split_seed, as the printed script does it; no other generator is drawn from.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from tui_trainer.engine.dataset import Array, Dataset
from tui_trainer.engine.example_set import Batch, ExampleSet, MemorySet
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.errors import ConfigError, FieldError


class PartOfSet:
    """The examples `index` (N,) int64 of a set, in this order, taken from it when they are asked for."""

    def __init__(self, examples: ExampleSet, index: Tensor) -> None:
        self._examples, self._index = examples, index

    def __len__(self) -> int:
        return len(self._index)

    def take(self, index: Tensor) -> Batch:
        """The part's examples `index`."""
        return self._examples.take(self._index[index.to(self._index.device)])

    def batches(self, size: int) -> Iterator[Batch]:
        """The whole part."""
        return (self._examples.take(index) for index in torch.split(self._index, size))

    def on_cpu(self) -> PartOfSet:
        """The same part of the set on the CPU."""
        return PartOfSet(self._examples.on_cpu(), self._index.cpu())


def split_validation(examples: ExampleSet, dataset: Dataset, data: DataConfig) -> tuple[ExampleSet, ExampleSet | None]:
    """(what is trained on, what is held out of it); None where no share is. ConfigError where a class is too small for it."""
    if not data.validation_share:
        return examples, None
    kept, held_out = validation_rows(dataset, data)
    return _part(examples, torch.from_numpy(kept)), _part(examples, torch.from_numpy(held_out))


def validation_rows(dataset: Dataset, data: DataConfig) -> tuple[Array, Array]:
    """(rows of the training part that are trained on, rows that are held out), as train_test_split draws them."""
    # 1.8 s of import, which a run without validation must not pay.
    from sklearn.model_selection import train_test_split

    try:
        kept, held_out = train_test_split(
            np.arange(dataset.num_train),
            test_size=data.validation_share,
            stratify=None if dataset.is_regression else dataset.train_y,
            random_state=data.split_seed,
        )
    except ValueError as error:
        message = (
            f"{data.validation_share:g} of {dataset.num_train:,} examples cannot be held out ({str(error)[:90]}); take more"
        )
        raise ConfigError([FieldError("data.validation_share", message)]) from None
    return kept, held_out


def _part(examples: ExampleSet, index: Tensor) -> ExampleSet:
    if isinstance(examples, MemorySet):
        return MemorySet(*examples.take(index.to(examples.X.device)))
    return PartOfSet(examples, index)
