"""The one door to data: sources by name, without scikit-learn where it is not needed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.engine.real_mnist import keep_stand_in
from tests.engine.test_idx_files import write_folder
from tui_trainer.engine.data_loading import fetch_dataset, load_dataset
from tui_trainer.runs.data_source import mnist_folder
from tui_trainer.runs.errors import DataError, UsageError
from tui_trainer.runs.paths import data_folder

HEAVY = ("sklearn", "scipy", "pandas", "torch")
LOADER = """
import json, sys
from tui_trainer.engine.data_loading import load_dataset
dataset = load_dataset(sys.argv[1], 0)
loaded = [name for name in sys.argv[2:] if name in sys.modules]
print(json.dumps([dataset.num_train, dataset.fingerprint(), loaded]))
"""


@pytest.fixture
def stand_in(home: Path):
    """The fingerprint of a mnist that is kept in this test's home."""
    yield keep_stand_in(data_folder()).fingerprint()
    shutil.rmtree(data_folder())


def load_afresh(source: str) -> tuple[int, str, list[str]]:
    """(training examples, fingerprint, heavy libraries loaded) of `source` in an interpreter of its own."""
    command = [sys.executable, "-c", LOADER, source, *HEAVY]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return tuple(json.loads(answer.stdout))


def test_idx_files_load_without_scikit_learn_pandas_and_torch(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "idx")
    expected = load_dataset(f"idx:{folder}", 0)
    assert load_afresh(f"idx:{folder}") == (20, expected.fingerprint(), [])
    assert expected.name == f"idx:{folder}"


def test_a_kept_mnist_loads_without_scikit_learn_pandas_and_torch(stand_in: str) -> None:
    assert load_afresh("mnist") == (60_000, stand_in, [])


def test_digits_say_in_which_interpreter_the_check_above_can_fail() -> None:
    """digits do need scikit-learn, so the subprocess would have told."""
    assert "sklearn" in load_afresh("digits")[2]


def test_digits_are_split_by_the_seed_that_is_given() -> None:
    assert load_dataset("digits", 0).fingerprint() != load_dataset("digits", 1).fingerprint()


@pytest.mark.parametrize("source", ["mnits", "", "idx:", "csv:", "digits:", "\x1b[31m"])
def test_an_unknown_source_is_a_usage_error(source: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_dataset(source, 0)
    assert str(caught.value).startswith('data source "') and "\x1b" not in str(caught.value)


def test_fetching_what_needs_no_network_loads_it(tmp_path: Path, stand_in: str) -> None:
    assert fetch_dataset("digits").num_train == 1437
    assert fetch_dataset(f"idx:{write_folder(tmp_path / 'idx')}").num_train == 20
    assert fetch_dataset("mnist").fingerprint() == stand_in
    with pytest.raises(DataError, match="does not exist"):
        fetch_dataset(f"idx:{tmp_path / 'absent'}")


def test_loading_a_damaged_mnist_is_refused_and_fetching_it_downloads_anew(
    stand_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mnist_folder(data_folder()) / "test_y.npy").write_bytes(b"damaged")
    monkeypatch.setattr("tui_trainer.engine.data_loading.fetch_mnist", lambda progress, source: keep_stand_in(data_folder()))
    with pytest.raises(DataError, match="damaged"):
        load_dataset("mnist", 0)
    assert fetch_dataset("mnist").fingerprint() == stand_in
    assert np.array_equal(load_dataset("mnist", 0).test_y[:3], [0, 1, 2])
