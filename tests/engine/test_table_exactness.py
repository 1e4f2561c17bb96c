"""Tables too: a run's weights equal, bit for bit, those of its printed script, statistics of the training part included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine

from tests.engine.table_texts import write_frame, write_mixed_table
from tests.engine.training import digits_config, ended, script_weights, train
from tui_trainer.runs.errors import DataError


def assert_run_is_its_script(**changes: Any) -> None:
    config = digits_config(**{"training__epochs": 2, "optimizer__lr": 0.1, **changes})
    expected, _ = script_weights(config)
    run = train(config)
    assert ended(run)["status"] == "done", ended(run)
    assert ended(run)["weights_sha256"] == expected


EMBEDDED = ["sklearn:iris", "sklearn:wine", "sklearn:breast_cancer", "sklearn:digits"]
TOYS = ["toy:moons", "toy:circles", "toy:spirals", "toy:blobs"]


@pytest.mark.parametrize("source", [*EMBEDDED, *TOYS])
def test_a_run_on_an_embedded_table_or_a_toy_shape_is_its_script(source: str) -> None:
    assert_run_is_its_script(data__source=source, data__split_seed=3, data__noise=0.2, data__num_examples=300)


def test_a_run_on_a_csv_of_whole_numbers_is_its_script(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    columns = {name: generator.integers(0, 10**6, 200).tolist() for name in "abc"}
    path = write_frame(tmp_path / "whole.csv", {**columns, "label": [row % 3 for row in range(200)]})
    assert_run_is_its_script(data__source=f"csv:{path}")


def test_a_run_on_a_csv_of_fractions_is_its_script(tmp_path: Path) -> None:
    bunch = load_wine(as_frame=True)
    path = tmp_path / "wine.csv"
    bunch.frame.to_csv(path, index=False)
    assert_run_is_its_script(data__source=f"csv:{path}")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_run_on_a_csv_with_categories_is_its_script(tmp_path: Path, separator: str) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv", separator=separator)
    assert_run_is_its_script(data__source=f"csv:{path}")


def test_a_run_on_a_csv_whose_gaps_are_filled_is_its_script(tmp_path: Path) -> None:
    path = write_mixed_table(tmp_path / "gaps.csv", with_gaps=True)
    assert_run_is_its_script(data__source=f"csv:{path}", data__missing="impute")


def test_a_run_with_another_target_and_without_a_column_is_its_script(tmp_path: Path) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv")
    assert_run_is_its_script(data__source=f"csv:{path}", data__target="colour", data__ignore="share, class")


@pytest.mark.parametrize(
    "changes", [{}, {"data__validation_share": 0.2}, {"training__ema_decay": 0.9, "training__accumulate": 2}]
)
def test_a_regression_on_an_embedded_table_is_its_script(changes: dict[str, Any]) -> None:
    assert_run_is_its_script(data__source="sklearn:diabetes", **changes)


def test_a_regression_on_a_csv_is_its_script_and_its_epoch_lines(tmp_path: Path) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv", with_gaps=True)
    config = digits_config(data__source=f"csv:{path}", data__target="size", data__missing="refuse", optimizer__lr=0.01)
    with pytest.raises(DataError, match="target must be known"):
        train(config)
    config = digits_config(data__source=f"csv:{path}", data__target="share", data__missing="impute", optimizer__lr=0.01)
    expected, printed = script_weights(config)
    run = train(config)
    assert ended(run)["weights_sha256"] == expected
    lines = [line for line in printed.splitlines() if line.startswith("Epoch")]
    for line, epoch in zip(lines, run.history().epochs, strict=True):
        assert line == f"Epoch {epoch.epoch}: test r2 {epoch.test_r2:.4f}, test mae {epoch.test_mae:.4f}"
        assert epoch.test_acc is None and epoch.train_acc is None
