"""An evaluation sees a table through the statistics that were saved with the network, whatever file it is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.table_texts import write_mixed_table
from tests.engine.training import digits_config, train
from tui_trainer.engine.checkpoint_evaluation import evaluate_checkpoint
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.saved_preprocessing import apply_saved
from tui_trainer.runs.config import DataConfig, Missing
from tui_trainer.runs.errors import CheckpointError, DataError
from tui_trainer.runs.run_directory import RunDirectory


def load(path: Path, **changes: Any) -> Dataset:
    return load_configured(DataConfig(source=f"csv:{path}", **changes))


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def rows(*lines: str, times: int = 6) -> str:
    return "\n".join(["size,colour,label", *(lines * times)]) + "\n"


@pytest.fixture
def trained_on(tmp_path: Path) -> Dataset:
    return load(write(tmp_path / "trained.csv", rows("1,red,no", "3,blue,yes", "5,red,yes", "7,blue,no")))


def test_another_file_is_scaled_with_the_saved_statistics_and_not_its_own(trained_on: Dataset, tmp_path: Path) -> None:
    other = load(write(tmp_path / "other.csv", rows("100,red,no", "300,blue,yes")))
    said = json.loads(json.dumps(trained_on.preprocessing()))
    number = said["table"]["inputs"][0]
    applied = apply_saved(other, said, "run")
    expected = ((other.test_X[:, 0] - number["mean"]) / number["scale"]).astype(np.float32)
    np.testing.assert_array_equal(applied.scaled(applied.test_X)[:, 0], expected)
    assert applied.scaled(applied.test_X)[:, 0].min() > 30


def test_columns_categories_and_classes_are_found_by_name(trained_on: Dataset, tmp_path: Path) -> None:
    text = "label,colour,size\n" + "yes,blue,3\nyes,red,5\n" * 12
    other = load(write(tmp_path / "turned.csv", text + "no,red,1\nno,red,1\n"), target="label")
    applied = apply_saved(other, trained_on.preprocessing(), "run")
    first = int(np.flatnonzero(other.train_y == 1)[0])
    blue, size = other.train_X[first]
    number = trained_on.preprocessing()["table"]["inputs"][0]
    inputs = applied.scaled(applied.train_X[first : first + 1])[0]
    assert inputs[1:].tolist() == ([1.0, 0.0] if blue == 0 else [0.0, 1.0])
    assert inputs[0] == np.float32((size - number["mean"]) / number["scale"])
    assert applied.class_names == ("no", "yes")


def test_a_category_that_was_never_trained_gives_zeros(trained_on: Dataset, tmp_path: Path) -> None:
    other = load(write(tmp_path / "other.csv", rows("1,green,no", "3,green,yes", "5,black,no", "2,black,yes")))
    applied = apply_saved(other, trained_on.preprocessing(), "run")
    assert not applied.scaled(applied.train_X)[:, 1:].any()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("size,label\n" + "1,no\n2,yes\n" * 6, 'no column "colour"'),
        (rows("1,2,no", "2,3,yes"), 'column "colour" had categories when the network was trained and has numbers now'),
        (rows("big,red,no", "small,red,yes"), 'column "size" had numbers when the network was trained and has categories now'),
        (rows("1,red,no", "2,blue,yes", "3,red,perhaps"), 'class "perhaps", which was never trained'),
    ],
    ids=["column missing", "numbers for texts", "texts for numbers", "class unknown"],
)
def test_a_file_that_does_not_fit_is_refused_with_the_reason(trained_on: Dataset, tmp_path: Path, text: str, part: str) -> None:
    other = load(write(tmp_path / "other.csv", text))
    with pytest.raises(DataError) as caught:
        apply_saved(other, trained_on.preprocessing(), "run")
    assert part in str(caught.value)


def test_cells_are_filled_as_they_were_filled_in_training(tmp_path: Path) -> None:
    path = write(tmp_path / "gaps.csv", rows("1,red,no", ",blue,yes", "5,,yes", "7,blue,no"))
    saved = load(path, missing=Missing.IMPUTE).preprocessing()
    other = load(write(tmp_path / "other.csv", rows("900,green,no", ",,yes")), missing=Missing.IMPUTE)
    applied = apply_saved(other, saved, "run")
    filled = applied.scaled(other.train_X[other.train_y == 1][:1])[0]
    number, category = saved["table"]["inputs"]
    expected = [np.float32((number["fill"] - number["mean"]) / number["scale"])]
    expected += [1.0 if text == category["fill"] else 0.0 for text in category["categories"]]
    assert filled.tolist() == expected


def test_a_network_of_images_is_no_network_of_a_table(trained_on: Dataset) -> None:
    with pytest.raises(DataError, match="not trained on a table"):
        apply_saved(trained_on, {"divisor": 255.0}, "run")


@pytest.mark.parametrize(
    "damage",
    [
        lambda said: said["table"].pop("inputs"),
        lambda said: said["table"]["inputs"][0].update(scale=0.0),
        lambda said: said["table"]["inputs"][0].update(mean="NaN"),
        lambda said: said["table"]["inputs"][1].update(categories=None),
        lambda said: said["table"]["inputs"][1].update(fill="violet"),
        lambda said: said.update(class_names="no"),
    ],
    ids=["no inputs", "no scale", "mean is text", "no categories", "fill unknown", "class names are text"],
)
def test_a_damaged_manifest_is_a_checkpoint_error(trained_on: Dataset, damage: Any) -> None:
    said = json.loads(json.dumps(trained_on.preprocessing()))
    damage(said)
    with pytest.raises(CheckpointError, match="preprocessing is damaged"):
        apply_saved(trained_on, said, "run")


def evaluate(run: RunDirectory, data: str | None = None) -> dict[str, Any]:
    params = {"run": str(run.path), "checkpoint": run.checkpoints()[-1].id, "data": data}
    return evaluate_checkpoint(params, lambda what, done, total: None)


def test_evaluating_a_run_on_its_own_table_gives_the_accuracy_that_it_recorded(tmp_path: Path) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv")
    run = train(digits_config(data__source=f"csv:{path}", optimizer__lr=0.1))
    evaluation = evaluate(run)
    assert evaluation["accuracy"] == run.checkpoints()[-1].metrics["test_acc"]
    assert [row["class"] for row in evaluation["per_class"]] == ["no", "yes"]


def test_evaluating_a_run_on_a_changed_file_is_refused_unless_it_is_named(tmp_path: Path) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv")
    run = train(digits_config(data__source=f"csv:{path}", training__epochs=1))
    write_mixed_table(path, num_rows=200)
    with pytest.raises(DataError, match="not the data that"):
        evaluate(run)
    assert evaluate(run, f"csv:{path}")["num_examples"] == 40
