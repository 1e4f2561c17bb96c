"""What identifies a data set, how it is scaled, and which ones are refused."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import numpy as np
import pytest

from tui_trainer.engine.dataset import Dataset, check_dataset
from tui_trainer.runs.errors import MAX_MESSAGE_CHARS, DataError


def make_dataset(**changes: Any) -> Dataset:
    """Six examples to train on and three to test on, of four inputs and three classes."""
    fields = {
        "name": "six",
        "train_X": np.arange(24, dtype=np.uint8).reshape(6, 4),
        "train_y": np.array([0, 1, 2, 0, 1, 2]),
        "test_X": np.arange(100, 112, dtype=np.uint8).reshape(3, 4),
        "test_y": np.array([2, 1, 0]),
        "divisor": 255.0,
        "class_names": ("a", "b", "c"),
        "image_shape": (2, 2),
    }
    return Dataset(**(fields | changes))


def test_dataset_counts_its_parts() -> None:
    dataset = make_dataset()
    assert (dataset.num_train, dataset.num_test, dataset.num_inputs, dataset.num_classes) == (6, 3, 4, 3)


def test_fingerprint_is_the_sha256_of_the_bytes_that_its_docstring_names() -> None:
    expected = hashlib.sha256()
    expected.update(b"train_X\0uint8\0" + b"6,4\0" + bytes(range(24)))
    expected.update(b"train_y\0int64\0" + b"6\0" + b"".join(bytes([label]) + bytes(7) for label in (0, 1, 2, 0, 1, 2)))
    expected.update(b"test_X\0uint8\0" + b"3,4\0" + bytes(range(100, 112)))
    expected.update(b"test_y\0int64\0" + b"3\0" + b"".join(bytes([label]) + bytes(7) for label in (2, 1, 0)))
    assert make_dataset().fingerprint() == expected.hexdigest()


def test_fingerprint_does_not_depend_on_source_or_layout_in_memory() -> None:
    dataset = make_dataset()
    same = make_dataset(
        name="idx:/elsewhere",
        train_X=np.asfortranarray(dataset.train_X),
        test_X=np.repeat(dataset.test_X, 2, axis=0)[::2],
        train_y=dataset.train_y.astype(">i8"),
    )
    assert same.fingerprint() == dataset.fingerprint()


@pytest.mark.parametrize(
    "changes",
    [
        {"train_X": np.arange(1, 25, dtype=np.uint8).reshape(6, 4)},
        {"train_X": np.arange(24, dtype=np.int8).reshape(6, 4)},
        {"train_X": np.arange(24, dtype=np.uint8).reshape(4, 6)},
        {"train_y": np.array([0, 1, 2, 0, 1, 1])},
        {"test_X": np.arange(101, 113, dtype=np.uint8).reshape(3, 4)},
        {"test_y": np.array([2, 1, 1])},
    ],
    ids=["pixel", "dtype", "shape", "label", "test pixel", "test label"],
)
def test_fingerprint_changes_with_every_part_of_the_data(changes: dict[str, Any]) -> None:
    assert make_dataset(**changes).fingerprint() != make_dataset().fingerprint()


@pytest.mark.parametrize("divisor", [255.0, 16.0])
def test_scaled_values_have_the_bits_of_the_printed_script(divisor: float) -> None:
    """The script divides in float64 and rounds to float32 afterwards."""
    values = np.arange(int(divisor) + 1, dtype=np.uint8).reshape(1, -1)
    scaled = make_dataset(divisor=divisor).scaled(values)
    np.testing.assert_array_equal(scaled, (values / divisor).astype(np.float32))


def test_scaled_is_a_contiguous_float32_copy() -> None:
    dataset = make_dataset(train_X=np.asfortranarray(np.full((6, 4), 255, dtype=np.uint8)))
    scaled = dataset.scaled(dataset.train_X)
    assert scaled.dtype == np.float32 and scaled.flags.c_contiguous and (scaled == 1).all()
    assert (dataset.train_X == 255).all()


def test_scaled_leaves_float_inputs_of_the_data_set_as_they_were() -> None:
    X = np.full((6, 4), 8, dtype=np.float32)
    dataset = make_dataset(train_X=X, divisor=16.0)
    assert (dataset.scaled(X) == 0.5).all() and (X == 8).all()


def test_preprocessing_survives_strict_json() -> None:
    said = make_dataset().preprocessing()
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert said == {"divisor": 255.0, "dtype": "float32", "image_shape": [2, 2], "class_names": ["a", "b", "c"]}


def test_check_gives_a_sound_data_set_back() -> None:
    dataset = make_dataset()
    assert check_dataset(dataset) is dataset


WITH_NAN = np.where(np.arange(24).reshape(6, 4) == 9, np.nan, 1.0)
WITH_INF = np.where(np.arange(12).reshape(3, 4) == 11, np.inf, 1.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"train_X": np.zeros((0, 4), np.uint8), "train_y": np.zeros(0, np.int64)}, "0 train examples"),
        ({"test_X": np.zeros((0, 4), np.uint8), "test_y": np.zeros(0, np.int64)}, "0 test examples"),
        ({"train_X": np.zeros((6, 0), np.uint8)}, "6 train examples of 0 inputs"),
        ({"train_X": np.zeros((5, 4), np.uint8)}, "5 train inputs but 6 labels"),
        ({"test_X": np.zeros((3, 5), np.uint8)}, "4 inputs to train on, 5 to test on"),
        ({"train_X": np.zeros((6, 2, 2), np.uint8)}, "shape (6, 2, 2)"),
        ({"train_X": np.full((6, 4), "x")}, "dtype <U1"),
        ({"train_X": WITH_NAN}, "train row 3, column 2 is nan"),
        ({"test_X": WITH_INF}, "test row 3, column 4 is inf"),
        ({"train_y": np.array([0, 1, 3, 0, 1, 2])}, "train label 3 at row 3"),
        ({"test_y": np.array([2, -1, 0])}, "test label -1 at row 2"),
        ({"train_y": np.array([0.0, 1, 2, 0, 1, 2])}, "dtype float64"),
        ({"train_y": np.zeros((6, 1), np.int64)}, "shape (6, 1)"),
        ({"train_y": np.zeros(6, np.int64), "test_y": np.zeros(3, np.int64)}, "one class"),
        ({"train_y": np.array([0, 1, 0, 0, 1, 1])}, "label 2 is tested but never trained"),
        ({"divisor": 0.0}, "divisor is 0.0"),
        ({"divisor": float("nan")}, "divisor is nan"),
    ],
)  # fmt: skip
def test_check_refuses_what_cannot_be_trained_and_says_why(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(DataError) as caught:
        check_dataset(make_dataset(**changes))
    assert expected in str(caught.value)
    assert str(caught.value).startswith("data six: ") and "; " in str(caught.value)


def test_a_hostile_name_is_harmless_and_short_in_the_message() -> None:
    dataset = dataclasses.replace(make_dataset(divisor=0.0), name="idx:/\x1b[31m" + "x" * 4000)
    with pytest.raises(DataError) as caught:
        check_dataset(dataset)
    assert "\x1b" not in str(caught.value) and len(str(caught.value)) <= MAX_MESSAGE_CHARS
