"""Section G of the reliability rules, where `test_table_files` (CSV) and `test_numpy_archive` do not have it.

G5: labels that are none. G6: batches against the data. G8: what is no file, for every source that takes one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.training import begin, digits_config, ended, train
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.errors import ConfigError, DataError
from tui_trainer.runs.findings import Severity, find_findings

IRREGULAR: dict[str, Callable[[Path], None]] = {
    "absent": lambda path: None,
    "fifo": os.mkfifo,
    "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "loop": lambda path: path.symlink_to(path),
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("scheme", ["csv", "parquet", "npz", "npy", "idx"])
@pytest.mark.parametrize("make", IRREGULAR.values(), ids=IRREGULAR.keys())
def test_what_is_no_data_file_is_refused_at_once_by_every_source(
    tmp_path: Path, stopwatch: Callable[[], float], make: Callable[[Path], None], scheme: str
) -> None:
    if scheme == "parquet":
        pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    make(tmp_path / "data")
    began_s = stopwatch()
    with pytest.raises(DataError) as caught:
        load_configured(DataConfig(source=f"{scheme}:{tmp_path / 'data'}"))
    assert stopwatch() - began_s < 5
    assert len(caught.value.message) <= 300 and str(tmp_path) in caught.value.message


def write_arrays(folder: Path, **changes: Any) -> str:
    """Four arrays of 30 and 10 examples in two classes, some of them changed; their source."""
    arrays = {"train_X": np.random.default_rng(0).random((30, 4)), "train_y": np.arange(30) % 2}
    arrays |= {"test_X": np.random.default_rng(1).random((10, 4)), "test_y": np.arange(10) % 2, **changes}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return f"npy:{folder}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train_y": np.arange(30) % 2 - 1}, "label"),
        ({"train_y": np.arange(30) % 2 / 2}, "whole numbers"),
        ({"test_y": np.arange(10) % 3}, "2"),
        ({"train_y": np.arange(30) * 10**6}, "number classes from 0"),
        ({"train_y": np.zeros(30, np.int64), "test_y": np.zeros(10, np.int64)}, "one class"),
        ({"train_y": np.arange(29) % 2}, "29 labels"),
        ({"test_X": np.random.default_rng(1).random((10, 5))}, "5 to test on"),
        ({"train_X": np.full((30, 4), np.inf)}, "is inf"),
    ],
)
def test_labels_and_arrays_that_do_not_fit_are_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError) as caught:
        load_configured(DataConfig(source=write_arrays(tmp_path, **changes)))
    assert words in caught.value.message and len(caught.value.message) <= 300


def test_a_batch_larger_than_the_data_is_one_step_an_epoch() -> None:
    run = train(digits_config(data__batch_size=10_000, optimizer__lr=0.1, training__epochs=3))
    assert ended(run)["status"] == "done" and run.history().step == 3


def test_a_last_batch_of_one_trains_without_batch_norm_and_is_refused_with_it() -> None:
    plain = digits_config(data__batch_size=359, training__epochs=1)  # 1,437 = 4 x 359 + 1
    assert ended(train(plain))["status"] == "done"
    with pytest.raises(ConfigError, match=r"data\.batch_size.*last batch of one of 1,437.*take 360"):
        begin(digits_config(data__batch_size=359, model__batch_norm=True))


@pytest.mark.parametrize("size", [2, 4, 359, 718, 1436])
def test_the_form_finds_what_the_trainer_refuses_and_its_fix_is_taken(size: int) -> None:
    config = digits_config(data__batch_size=size, model__batch_norm=True, training__epochs=1)
    found = [f for f in find_findings(config, num_train=1437) if f.key == "data.batch_size" and f.severity is Severity.ERROR]
    refused = 1437 % size == 1
    assert bool(found) is refused
    if not refused:
        return
    with pytest.raises(ConfigError):
        begin(config)
    fix = found[0].fix
    assert fix is not None
    fixed = digits_config(model__batch_norm=True, training__epochs=1, data__batch_size=fix["data.batch_size"])
    assert ended(train(fixed))["status"] == "done"
