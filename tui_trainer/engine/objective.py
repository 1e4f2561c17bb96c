"""The loss that a run minimises: cross entropy where the targets are labels, mean squared error where they are numbers.

Told apart by the targets' dtype, so that steps and evaluations need not be told. A regression's sums over a set are here too.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def loss_of(outputs: Tensor, y: Tensor, *, reduction: str = "mean", label_smoothing: float = 0.0) -> Tensor:
    """The loss () of a batch: logits (B, C) against labels (B,) int64, or predictions (B, 1) against targets (B, 1) float32."""
    if y.is_floating_point():
        return F.mse_loss(outputs, y, reduction=reduction)
    return F.cross_entropy(outputs, y, reduction=reduction, label_smoothing=label_smoothing)


class RegressionSums:
    """What R squared and the mean absolute error of a set need, batch by batch; in standard deviations of the target."""

    def __init__(self) -> None:
        self._squares = self._distances = 0.0
        self._targets: list[Tensor] = []

    def add(self, predicted_B1: Tensor, y_B1: Tensor) -> float:
        """Take in one batch; the sum of its squared errors. Two synchronisations on a GPU."""
        squares = float(loss_of(predicted_B1, y_B1, reduction="sum").item())
        self._squares += squares
        self._distances += float((predicted_B1 - y_B1).abs().sum().item())
        self._targets.append(y_B1)
        return squares

    def r2(self) -> float:
        """1 - sum of squared errors / sum of squared distances from the mean; NaN where all targets are equal."""
        targets = torch.cat(self._targets).double()
        total = float(((targets - targets.mean()) ** 2).sum().item())
        return 1 - self._squares / total if total > 0 else float("nan")

    def mae(self) -> float:
        """Mean absolute error."""
        return self._distances / sum(len(part) for part in self._targets)
