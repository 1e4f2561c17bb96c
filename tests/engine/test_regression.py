"""Numbers as targets: the metrics, the best epoch, what cannot be had with them, and evaluation of a saved network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from tests.engine.training import digits_config, ended, train
from tui_trainer.engine.checkpoint_evaluation import evaluate_checkpoint
from tui_trainer.engine.data_loading import load_dataset
from tui_trainer.engine.evaluation import evaluate_set
from tui_trainer.engine.example_set import MemorySet, load_sets
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.run_directory import best_checkpoint


def test_the_metrics_are_scikit_learns() -> None:
    dataset = load_dataset("sklearn:diabetes", 0)
    _, test_set = load_sets(dataset, torch.device("cpu"), is_streamed=False)
    torch.manual_seed(0)
    network = torch.nn.Linear(10, 1)
    metrics = evaluate_set(network, test_set, 16)
    assert isinstance(test_set, MemorySet)
    with torch.no_grad():
        predicted, true = network(test_set.X).double().numpy(), test_set.y.double().numpy()
    assert metrics.r2 == pytest.approx(r2_score(true, predicted), abs=1e-6)
    assert metrics.loss == pytest.approx(mean_squared_error(true, predicted), rel=1e-6)
    scores = metrics.scores("test", dataset.target_scale)
    mean = dataset.table.preprocessing.target_mean if dataset.table else 0.0
    own_unit = mean_absolute_error(dataset.test_y, predicted[:, 0] * dataset.target_scale + mean)
    assert scores == {"test_r2": metrics.r2, "test_mae": pytest.approx(own_unit, rel=1e-5)}
    assert 10 < own_unit < 200


def diabetes(**changes: Any) -> Any:
    return digits_config(**{"data__source": "sklearn:diabetes", "optimizer__lr": 0.05, "training__epochs": 12, **changes})


def test_a_run_records_loss_r2_and_mae_and_its_best_epoch_is_the_one_of_the_lowest_test_loss() -> None:
    run = train(diabetes())
    history = run.history()
    losses = [epoch.test_loss for epoch in history.epochs]
    assert history.is_regression and None not in losses
    assert history.best is history.epochs[int(np.argmin(losses))]
    assert 0 < int(np.argmin(losses)) < len(losses) - 1, "neither the first nor the last, so that a wrong choice is seen"
    best = best_checkpoint(run.checkpoints())
    assert best is not None and best.epoch == history.best.epoch
    assert ended(run)["best"] == {
        "checkpoint": best.id,
        "epoch": best.epoch,
        "split": "test",
        "metric": "test_loss",
        "value": history.best.test_loss,
    }
    assert all(epoch.test_r2 is not None and epoch.test_mae is not None for epoch in history.epochs)
    assert run.checkpoints()[0].model["num_classes"] == 1


def test_an_evaluation_gives_what_the_epoch_recorded() -> None:
    run = train(diabetes(training__epochs=2))
    saved = run.checkpoints()[-1]
    evaluation = evaluate_checkpoint({"run": str(run.path), "checkpoint": saved.id}, lambda what, done, total: None)
    assert (evaluation["r2"], evaluation["mae"], evaluation["loss"]) == tuple(
        saved.metrics[name] for name in ("test_r2", "test_mae", "test_loss")
    )
    assert "accuracy" not in evaluation and evaluation["num_examples"] == 89


def test_what_needs_classes_is_refused_with_every_key() -> None:
    with pytest.raises(ConfigError) as caught:
        train(diabetes(training__label_smoothing=0.1, training__early_stopping="val_acc", data__validation_share=0.2))
    assert "training.label_smoothing" in caught.value.message and "training.early_stopping" in caught.value.message
