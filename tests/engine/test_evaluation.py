from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from torch import nn

from tui_trainer.engine.evaluation import ConfusionCounter, evaluate_set, per_class_metrics
from tui_trainer.engine.example_set import MemorySet


@pytest.fixture
def scored() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return nn.Sequential(nn.Dropout(0.5), nn.Linear(20, 5)), torch.randn(1003, 20), torch.randint(0, 4, (1003,))


def test_accuracy_and_loss_are_those_of_the_whole_set(scored: tuple[nn.Module, torch.Tensor, torch.Tensor]) -> None:
    network, X, y = scored

    metrics = evaluate_set(network, MemorySet(X, y), 100)

    logits = network(X)
    assert not network.training
    assert metrics.num_examples == 1003
    assert metrics.accuracy == (logits.argmax(1) == y).sum().item() / 1003
    assert metrics.loss == pytest.approx(F.cross_entropy(logits, y).item(), rel=1e-5)


def test_counts_and_shares_are_those_of_scikit_learn(scored: tuple[nn.Module, torch.Tensor, torch.Tensor]) -> None:
    network, X, y = scored
    counter = ConfusionCounter(5)

    metrics = evaluate_set(network, MemorySet(X, y), 64, counter.count)

    predicted = network(X).argmax(1)
    labels = list(range(5))
    assert counter.matrix == confusion_matrix(y, predicted, labels=labels).tolist()
    assert sum(map(sum, counter.matrix)) == 1003
    assert sum(counter.matrix[index][index] for index in labels) / 1003 == metrics.accuracy
    precision, recall, f1, support = precision_recall_fscore_support(y, predicted, labels=labels, zero_division=0)
    rows = per_class_metrics(counter.matrix, ("a", "b", "c", "d", "e"))
    for index, row in enumerate(rows):
        assert row["precision"] == pytest.approx(precision[index])
        assert row["recall"] == pytest.approx(recall[index])
        assert row["f1"] == pytest.approx(f1[index])
        assert row["support"] == support[index]


def test_a_class_that_never_occurs_and_is_never_predicted_has_zeros() -> None:
    row = per_class_metrics([[3, 0], [0, 0]], ("x", "y"))[1]

    assert row == {"class": "y", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
