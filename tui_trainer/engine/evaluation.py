"""Evaluation of a whole set, in the words that script and run share.

The loss of a set is the sum over batches, in order, of CrossEntropyLoss(reduction='sum').item(), added as Python floats, divided
by the count; accuracy is a count divided by a count. N: examples, D: inputs, C: classes, B: one batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class SetMetrics:
    """Accuracy (0 to 1) and mean loss (nats) over `num_examples`."""

    accuracy: float
    loss: float
    num_examples: int


def evaluate_set(network: nn.Module, X: Tensor, y: Tensor, batch_size: int) -> SetMetrics:
    """Metrics of `network` in evaluation mode over X (N, D), y (N,), which lie on its device; leaves it in that mode."""
    num_correct, loss_sum = 0, 0.0
    network.eval()
    with torch.no_grad():
        for X_B, y_B in zip(X.split(batch_size), y.split(batch_size), strict=True):
            logits_BC = network(X_B)
            # Two synchronisations a batch on a GPU; the sum in Python floats is what the printed script does.
            loss_sum += F.cross_entropy(logits_BC, y_B, reduction="sum").item()
            num_correct += int((logits_BC.argmax(dim=1) == y_B).sum().item())
    return SetMetrics(num_correct / len(y), loss_sum / len(y), len(y))


def confusion_matrix(
    network: nn.Module, X: Tensor, y: Tensor, batch_size: int, num_classes: int, on_batch: Callable[[int], None]
) -> tuple[SetMetrics, list[list[int]]]:
    """(metrics, counts (C, C): rows true, columns predicted) of one pass; `on_batch` gets the examples done so far."""
    counts = torch.zeros(num_classes * num_classes, dtype=torch.int64)
    loss_sum, num_done = 0.0, 0
    network.eval()
    with torch.no_grad():
        for X_B, y_B in zip(X.split(batch_size), y.split(batch_size), strict=True):
            logits_BC = network(X_B)
            loss_sum += F.cross_entropy(logits_BC, y_B, reduction="sum").item()
            pairs_B = (y_B * num_classes + logits_BC.argmax(dim=1)).cpu()
            counts += torch.bincount(pairs_B, minlength=num_classes * num_classes)
            num_done += len(y_B)
            on_batch(num_done)
    matrix: list[list[int]] = counts.view(num_classes, num_classes).tolist()
    num_correct = sum(matrix[index][index] for index in range(num_classes))
    return SetMetrics(num_correct / len(y), loss_sum / len(y), len(y)), matrix


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
