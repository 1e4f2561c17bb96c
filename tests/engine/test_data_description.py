"""What the server says of a data source: rows, columns, classes, images, and what a download would cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.engine.table_texts import write_mixed_table
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs.errors import ConfigError, DataError


def describe(**data: Any) -> dict[str, Any]:
    answer = METHODS["describe_data"](data, lambda what, done, total: None)
    return json.loads(json.dumps(answer, allow_nan=False))  # type: ignore[no-any-return]


def test_a_table_is_described_by_its_columns(tmp_path: Path) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv", with_gaps=True)
    said = describe(source=f"csv:{path}", missing="impute")
    columns = {column["name"]: column for column in said["columns"]}
    assert list(columns) == ["age", "size", "colour", "share", "flag"] and said["num_columns"] == 5
    assert columns["age"]["kind"] == "number" and len(columns["age"]["histogram"]) == 16
    assert sum(columns["age"]["histogram"]) + columns["age"]["missing"] >= said["num_train"]
    assert columns["age"]["low"] >= 18 and columns["age"]["high"] <= 89
    assert set(columns["colour"]["categories"]) == {"red", "green", "blue"}
    assert sum(column["missing"] for column in said["columns"]) == 14
    assert (said["num_train"], said["num_test"], said["target"], said["task"]) == (192, 48, "class", "classification")
    assert sum(entry["train"] for entry in said["classes"]) == 192 and [entry["name"] for entry in said["classes"]] == [
        "no",
        "yes",
    ]
    assert said["bytes"] == path.stat().st_size and said["is_here"] and said["notes"]


def test_images_are_described_by_samples_of_their_classes() -> None:
    said = describe(source="digits")
    assert said["image_shape"] == [8, 8] and len(said["columns"]) == 64 and len(said["samples"]) == 10
    sample = said["samples"][3]
    images, labels = load_digits(return_X_y=True)
    assert sample["label"] == "3"
    same = [np.array_equal(np.rint(image / 16 * 255), sample["pixels"]) for image in images[labels == 3]]
    assert any(same)


def test_a_regression_is_described_by_its_target(tmp_path: Path) -> None:
    said = describe(source="sklearn:diabetes")
    assert said["task"] == "regression" and said["classes"] == [] and said["num_classes"] is None
    assert sum(said["target_histogram"]["histogram"]) == said["num_train"]


def test_what_is_not_here_is_not_fetched_but_says_its_price() -> None:
    said = describe(source="mnist")
    assert said["is_here"] is False and said["download_bytes"] == 15_000_000 and "num_train" not in said


def test_a_column_of_extreme_numbers_has_a_histogram(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("x,class\n" + "".join(f"{(-1) ** row}e153,{row % 2}\n" for row in range(20)))
    assert sum(describe(source=f"csv:{path}")["columns"][0]["histogram"]) == 16


def test_wrong_words_and_wrong_files_are_refused_as_everywhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.source"):
        describe(source="nonsense")
    with pytest.raises(ConfigError, match=r"data\.taget"):
        describe(source="digits", taget="x")
    with pytest.raises(DataError, match="does not exist"):
        describe(source=f"csv:{tmp_path / 'absent.csv'}")


def test_a_table_gives_the_names_that_can_be_a_target_and_counts_its_gaps(tmp_path: Path) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv", with_gaps=True)
    said = describe(source=f"csv:{path}", missing="impute", target="flag")
    assert sorted(said["column_names"]) == ["age", "class", "colour", "flag", "share", "size"]
    assert said["column_names"][-1] == "flag" and said["missing"] == 14


def test_the_pixels_of_images_are_described_in_groups(tmp_path: Path) -> None:
    for part, count in (("train", 20), ("test", 10)):
        np.save(tmp_path / f"{part}_X.npy", np.tile(np.arange(784) // 4, (count, 1)).astype(np.uint8))
        np.save(tmp_path / f"{part}_y.npy", np.arange(count) % 2)
    said = describe(source=f"npy:{tmp_path}")
    assert [column["name"] for column in said["columns"]][:2] == ["1-13", "14-26"] and len(said["columns"]) == 61
    assert said["columns"][-1]["name"] == "781-784" and said["num_columns"] == 784
    assert all(sum(column["histogram"]) == 20 * 13 for column in said["columns"][:-1])
    assert (said["columns"][0]["low"], said["columns"][0]["high"]) == (0, 3)
    assert len(json.dumps(said)) < 60_000


def test_a_wide_table_is_answered_in_part_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    head = ",".join(f"c{index}" for index in range(3000))
    path.write_text(f"{head},class\n" + "".join(",".join(["1", *["2"] * 2999, str(row % 2)]) + "\n" for row in range(20)))
    said = describe(source=f"csv:{path}")
    assert (len(said["columns"]), said["num_columns"], len(said["column_names"])) == (64, 3000, 200)
    assert len(json.dumps(said)) < 60_000
