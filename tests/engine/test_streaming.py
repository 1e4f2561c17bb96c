"""Streamed data gives the order and the bits of data in memory, and its files are read with suspicion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.training import digits_config, ended, resume, script_weights, train
from tui_trainer.engine.digits import load_digits
from tui_trainer.engine.npy_folder import read_npy_folder
from tui_trainer.runs.errors import DataError


@pytest.fixture
def npy_folder(tmp_path: Path) -> Path:
    """The embedded digits as four arrays on disk."""
    dataset = load_digits(0)
    folder = tmp_path / "arrays"
    folder.mkdir()
    for name in ("train_X", "train_y", "test_X", "test_y"):
        array = getattr(dataset, name)
        np.save(folder / f"{name}.npy", array.astype(np.float32) / 16 if name.endswith("X") else array)
    return folder


@pytest.mark.parametrize("changes", [{}, {"model__dropout": 0.2, "data__num_workers": 2}], ids=["direct", "workers"])
def test_a_streamed_run_has_the_weights_and_losses_of_one_in_memory(npy_folder: Path, changes: dict[str, Any]) -> None:
    source = {"data__source": f"npy:{npy_folder}", **changes}
    memory = train(digits_config(**source, data__residence="memory"))
    stream = train(digits_config(**source, data__residence="stream"))

    assert ended(stream)["weights_sha256"] == ended(memory)["weights_sha256"]
    assert stream.history().losses == memory.history().losses
    assert [e.test_loss for e in stream.history().epochs] == [e.test_loss for e in memory.history().epochs]


def test_a_streamed_run_has_the_weights_of_its_printed_script(npy_folder: Path) -> None:
    config = digits_config(data__source=f"npy:{npy_folder}", data__residence="stream")

    assert ended(train(config))["weights_sha256"] == script_weights(config)[0]


def test_the_same_digits_have_one_order_whatever_their_source(npy_folder: Path) -> None:
    streamed = train(digits_config(data__source=f"npy:{npy_folder}", data__residence="stream"))

    assert ended(streamed)["weights_sha256"] == ended(train(digits_config()))["weights_sha256"]


def test_bytes_are_divided_by_255_and_make_square_images(tmp_path: Path) -> None:
    for part, count in (("train", 20), ("test", 10)):
        np.save(tmp_path / f"{part}_X.npy", np.full((count, 9), 51, np.uint8))
        np.save(tmp_path / f"{part}_y.npy", np.arange(count) % 2)

    dataset = read_npy_folder(tmp_path)

    assert dataset.image_shape == (3, 3)
    assert dataset.scaled(dataset.train_X)[0, 0] == np.float32(0.2)


def _damage_pickle(folder: Path) -> None:
    np.save(folder / "train_X.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)


def _damage_cut(folder: Path) -> None:
    path = folder / "test_X.npy"
    path.write_bytes(path.read_bytes()[:-7])


def _damage_missing(folder: Path) -> None:
    (folder / "test_y.npy").unlink()


def _damage_nan(folder: Path) -> None:
    array = np.load(folder / "train_X.npy")
    array[700, 3] = np.nan
    np.save(folder / "train_X.npy", array)


def _damage_labels(folder: Path) -> None:
    np.save(folder / "train_y.npy", np.load(folder / "train_y.npy") + 0.5)


def _damage_text(folder: Path) -> None:
    (folder / "train_X.npy").write_text("not an array")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_damage_pickle, "train_X.npy"),
        (_damage_cut, "test_X.npy"),
        (_damage_missing, "test_y.npy is missing"),
        (_damage_nan, "train row 701, column 4 is nan"),
        (_damage_labels, "whole numbers"),
        (_damage_text, "train_X.npy"),
    ],
)
def test_a_damaged_folder_is_refused_with_one_line(npy_folder: Path, damage: Any, words: str) -> None:
    damage(npy_folder)

    with pytest.raises(DataError) as refusal:
        read_npy_folder(npy_folder)

    assert words in refusal.value.message
    assert len(refusal.value.message) <= 300


def test_a_streamed_run_resumes_in_the_middle_of_an_epoch(npy_folder: Path) -> None:
    from tests.engine.test_resuming import stopped_run

    config = digits_config(data__source=f"npy:{npy_folder}", data__residence="stream")
    run = stopped_run(config, 30)

    resume(run)

    assert ended(run)["weights_sha256"] == ended(train(config))["weights_sha256"]


def test_a_streamed_regression_has_the_weights_of_one_in_memory() -> None:
    source = {"data__source": "sklearn:diabetes", "optimizer__lr": 0.05}
    memory = train(digits_config(**source, data__residence="memory"))
    for workers in (0, 2):
        stream = train(digits_config(**source, data__residence="stream", data__num_workers=workers))
        assert ended(stream)["weights_sha256"] == ended(memory)["weights_sha256"]
