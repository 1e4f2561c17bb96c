"""The scores of an evaluation against scikit-learn, SciPy and arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, f1_score, log_loss, top_k_accuracy_score
from torch import nn

from tui_trainer.engine.checkpoint_comparison import judge
from tui_trainer.engine.evaluation import evaluate_set
from tui_trainer.engine.evaluation_scores import calibration, class_scores, number_scores, wilson_interval
from tui_trainer.engine.example_set import MemorySet
from tui_trainer.engine.prediction_record import PredictionRecord, _Recorder

NAMES = ("a", "b", "c", "d")


@pytest.fixture
def logits() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(997, 4) * 2


@pytest.fixture
def labels(logits: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(1)
    return torch.where(torch.rand(997) < 0.6, logits.argmax(1), torch.randint(0, 4, (997,)))


def record_of(logits: torch.Tensor, labels: torch.Tensor) -> PredictionRecord:
    recorder = _Recorder()
    return recorder.record(evaluate_set(nn.Identity(), MemorySet(logits, labels), 100, recorder.take))


def test_scores_are_those_of_scikit_learn(logits: torch.Tensor, labels: torch.Tensor) -> None:
    record = record_of(logits, labels)
    scores, predicted = class_scores(record, NAMES), logits.argmax(1)
    probabilities = torch.softmax(logits.double(), dim=1).numpy()

    assert scores["confusion"] == confusion_matrix(labels, predicted).tolist()
    assert scores["num_right"] / 997 == scores["accuracy"] == (predicted == labels).double().mean().item()
    assert scores["macro_f1"] == pytest.approx(f1_score(labels, predicted, average="macro"))
    assert scores["top2"] == pytest.approx(top_k_accuracy_score(labels, probabilities, k=2))
    assert record.losses.mean() == pytest.approx(log_loss(labels, probabilities))
    assert record.metrics.loss == pytest.approx(F.cross_entropy(logits, labels).item(), rel=1e-5)
    counts = np.bincount(labels.numpy())
    assert scores["baseline"] == {"class": NAMES[counts.argmax()], "accuracy": counts.max() / 997}


def test_pairs_come_with_the_most_confused_first(logits: torch.Tensor, labels: torch.Tensor) -> None:
    scores = class_scores(record_of(logits, labels), NAMES)
    pairs = scores["confused_pairs"]
    assert [pair["count"] for pair in pairs] == sorted((pair["count"] for pair in pairs), reverse=True)
    assert sum(pair["count"] for pair in pairs) == 997 - scores["num_right"]
    assert all(pair["count"] == scores["confusion"][pair["true"]][pair["predicted"]] for pair in pairs)


def test_the_interval_is_scipys() -> None:
    for hits, trials in ((0, 10), (9, 10), (9780, 10_000), (360, 360)):
        expected = binomtest(hits, trials).proportion_ci(0.95, method="wilson")
        assert wilson_interval(hits, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_calibration_is_the_sum_over_bins_by_hand() -> None:
    torch.manual_seed(2)
    confidences = torch.rand(500, dtype=torch.float64).numpy()
    confidences[:3] = (1.0, 1 / 15, 0.2)
    is_right = torch.rand(500).numpy() < confidences
    said = calibration(confidences, is_right)

    ece, num_found = 0.0, 0
    for index, described in enumerate(said["bins"]):
        low, high = index / 15, (index + 1) / 15
        inside = (confidences > low) & (confidences <= high)
        assert described["count"] == inside.sum()
        num_found += inside.sum()
        if inside.any():
            assert described["accuracy"] == pytest.approx(is_right[inside].mean())
            assert described["confidence"] == pytest.approx(confidences[inside].mean())
            ece += inside.sum() / 500 * abs(is_right[inside].mean() - confidences[inside].mean())
    assert num_found == 500
    assert said["ece"] == pytest.approx(ece)
    assert len(said["bins"]) == said["num_bins"] == 15


def test_a_bin_without_examples_has_no_shares() -> None:
    said = calibration(np.array([0.99]), np.array([True]))
    assert said["bins"][0] == {"low": 0.0, "high": 1 / 15, "count": 0, "confidence": None, "accuracy": None}
    assert said["ece"] == pytest.approx(0.01)


def test_a_regression_is_scored_in_its_own_unit() -> None:
    targets = torch.tensor([[-1.0], [0.0], [1.0], [2.0]])
    predicted = targets + torch.tensor([[0.5], [-0.5], [0.5], [-0.5]])
    recorder = _Recorder()
    metrics = evaluate_set(nn.Identity(), MemorySet(predicted, targets), 4, recorder.take)
    scores = number_scores(recorder.record(metrics), scale=10.0)
    assert (scores["mae"], scores["rmse"]) == (pytest.approx(5.0), pytest.approx(5.0))
    assert scores["baseline"] == {"mae": pytest.approx(10.0), "rmse": pytest.approx(10 * (6 / 4) ** 0.5)}


@pytest.mark.parametrize(
    ("fixed", "broken", "verdict", "words"),
    [
        (0, 0, "same", "the same rows right and wrong"),
        (5, 5, "tied", "tied, p = 1.00: the difference can be chance"),
        (30, 10, "b", "B is better, p = 0.002"),
        (10, 30, "a", "A is better, p = 0.002"),
        (300, 10, "b", "B is better, p < 0.0001"),
        (20, 8, "b", "B is better, p = 0.04"),
    ],
)
def test_mcnemars_test_is_said_in_words(fixed: int, broken: int, verdict: str, words: str) -> None:
    said = judge(fixed, broken)
    assert (said["verdict"], said["words"]) == (verdict, words)
    # The pane of the Checkpoints screen has a line of 48 columns for them.
    assert len(words) <= 48
    if fixed + broken:
        assert said["p_value"] == binomtest(fixed, fixed + broken, 0.5).pvalue
