from __future__ import annotations

import math

from tui_trainer.engine.early_stopper import EarlyStopper
from tui_trainer.runs.config import EarlyStopping, TrainingConfig


def stopper(metric: EarlyStopping, min_delta: float = 0.0) -> EarlyStopper:
    return EarlyStopper(TrainingConfig(early_stopping=metric, patience=2, min_delta=min_delta))


def spent_after(found: EarlyStopper, values: list[float]) -> int | None:
    """The epoch after which the stopper is spent; None where it never is."""
    for epoch, value in enumerate(values, start=1):
        found.observe(epoch, {found.metric.value: value})
        if found.is_spent:
            return epoch
    return None


def test_a_loss_that_no_longer_falls_ends_the_run_after_its_patience() -> None:
    assert spent_after(stopper(EarlyStopping.TRAIN_LOSS), [3.0, 2.0, 2.5, 1.0, 1.5, 1.0]) == 6


def test_an_accuracy_must_rise() -> None:
    assert spent_after(stopper(EarlyStopping.VAL_ACC), [0.5, 0.6, 0.7, 0.7, 0.6]) == 5
    assert spent_after(stopper(EarlyStopping.VAL_ACC), [0.5, 0.6, 0.7, 0.8, 0.9]) is None


def test_less_than_min_delta_is_no_better() -> None:
    assert spent_after(stopper(EarlyStopping.VAL_LOSS, min_delta=0.5), [3.0, 2.6, 2.5]) == 3


def test_a_value_that_is_not_finite_is_never_the_best() -> None:
    found = stopper(EarlyStopping.VAL_LOSS)
    assert spent_after(found, [1.0, math.nan, -math.inf]) == 3
    assert found.best == 1.0 and "since epoch 1" in found.reason


def test_nothing_is_watched_where_it_is_off() -> None:
    found = stopper(EarlyStopping.OFF)
    found.observe(1, {})
    assert not found.is_on and not found.is_spent
