"""Evaluation of a whole set, in the words that script and run share.

The loss of a set is the sum over batches, in order, of CrossEntropyLoss(reduction='sum').item(), added as Python floats,
divided by the count; accuracy is a count divided by a count. N: examples, D: inputs, C: classes, B: one batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tui_trainer.engine.example_set import ExampleSet
from tui_trainer.engine.objective import RegressionSums, loss_of


@dataclass(frozen=True, slots=True)
class SetMetrics:
    """Mean loss and scores over `num_examples`."""

    accuracy: float
    """Share of the right ones, 0 to 1; NaN where numbers are predicted."""
    loss: float
    """In nats; of a regression the mean squared error, in variances of its target."""
    num_examples: int
    r2: float | None = None
    """1 for a perfect regression, 0 for one that always says the mean; None where classes are predicted."""
    mae: float | None = None
    """A regression's mean absolute error, in standard deviations of its target."""

    def scores(self, split: str, target_scale: float = 1.0) -> dict[str, float]:
        """{`<split>_acc`}, or {`<split>_r2`, `<split>_mae`} with the error in the target's own unit, `target_scale` of it."""
        if self.r2 is None or self.mae is None:
            return {f"{split}_acc": self.accuracy}
        return {f"{split}_r2": self.r2, f"{split}_mae": self.mae * target_scale}


OnBatch = Callable[[Tensor, Tensor], None]


def ignore_batch(logits_BC: Tensor, y_B: Tensor) -> None:
    """For callers that want the metrics alone."""


def evaluate_set(network: nn.Module, examples: ExampleSet, batch_size: int, on_batch: OnBatch = ignore_batch) -> SetMetrics:
    """Metrics of `network` in evaluation mode over all `examples`, which come to its device; leaves it in that mode.

    `on_batch` gets each batch's logits (B, C) and labels (B,).
    """
    num_correct, loss_sum, sums = 0, 0.0, RegressionSums()
    network.eval()
    with torch.no_grad():
        for X_B, y_B in examples.batches(batch_size):
            logits_BC = network(X_B)
            is_regression = y_B.is_floating_point()
            batch_loss, batch_correct = (sums.add(logits_BC, y_B), 0) if is_regression else measure_batch(logits_BC, y_B)
            # The sum in Python floats is what the printed script does.
            loss_sum += batch_loss
            num_correct += batch_correct
            on_batch(logits_BC, y_B)
    count = len(examples)
    if is_regression:
        return SetMetrics(math.nan, loss_sum / count, count, sums.r2(), sums.mae())
    return SetMetrics(num_correct / count, loss_sum / count, count)


def measure_batch(logits_BC: Tensor, y_B: Tensor) -> tuple[float, int]:
    """(sum of the losses, number of correct ones) of one batch; two synchronisations on a GPU."""
    loss_sum = float(loss_of(logits_BC, y_B, reduction="sum").item())
    return loss_sum, int((logits_BC.argmax(dim=1) == y_B).sum().item())


class ConfusionCounter:
    """Counts (C, C) of an evaluation, rows true and columns predicted; give its `count` to evaluate_set as `on_batch`."""

    def __init__(self, num_classes: int) -> None:
        self._counts = torch.zeros(num_classes * num_classes, dtype=torch.int64)
        self._num_classes = num_classes

    def count(self, logits_BC: Tensor, y_B: Tensor) -> None:
        """Take in one batch."""
        pairs_B = (y_B * self._num_classes + logits_BC.argmax(dim=1)).cpu()
        self._counts += torch.bincount(pairs_B, minlength=len(self._counts))

    @property
    def matrix(self) -> list[list[int]]:
        """The counts so far."""
        rows: list[list[int]] = self._counts.view(self._num_classes, self._num_classes).tolist()
        return rows


def per_class_metrics(matrix: list[list[int]], class_names: tuple[str, ...]) -> list[dict[str, Any]]:
    """[{class, precision, recall, f1, support}] of a confusion matrix; 0 where a share has no denominator.

    As sklearn.metrics.precision_recall_fscore_support(zero_division=0), without its import of 1.8 s.
    """
    rows = []
    for index, name in enumerate(class_names):
        hits, support = matrix[index][index], sum(matrix[index])
        predicted = sum(row[index] for row in matrix)
        rows.append(
            {
                "class": name,
                "precision": hits / predicted if predicted else 0.0,
                "recall": hits / support if support else 0.0,
                "f1": 2 * hits / (support + predicted) if support + predicted else 0.0,
                "support": support,
            }
        )
    return rows
