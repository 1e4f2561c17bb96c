"""A Parquet table that is streamed: the same data set and run as in memory, kept once, and made anew where it must be."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.engine.table_texts import write_mixed_table
from tests.engine.test_parquet_files import write_parquet
from tests.engine.training import digits_config, ended, script_weights, train
from tests.runs.descriptors import count_descriptors
from tui_trainer.engine import parquet_files, parquet_spool
from tui_trainer.engine.data_description import describe_data
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.load_progress import no_progress
from tui_trainer.runs.config import DataConfig, Missing, Residence, Task
from tui_trainer.runs.errors import DataError, ResourceError
from tui_trainer.runs.paths import data_folder

CHOICES: dict[str, dict[str, Any]] = {
    "guessed": {},
    "regression": {"target": "size", "task": Task.REGRESSION},
    "chosen": {"target": "colour", "ignore": "share"},
    "gaps": {"missing": Missing.IMPUTE},
    "split": {"split_seed": 7},
}


@pytest.fixture
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A small table of all kinds of columns; with empty cells where they are to be filled."""
    has_gaps = "gaps" in request.node.name
    return write_parquet(write_mixed_table(tmp_path / "mixed.csv", with_gaps=has_gaps))


def load(path: Path, **choices: Any) -> Dataset:
    """The table at `path`, streamed."""
    return load_configured(DataConfig(source=f"parquet:{path}", residence=Residence.STREAM, **choices))


def kept() -> list[Path]:
    """The folders of tables that are kept."""
    return sorted((data_folder() / "parquet").iterdir())


@pytest.mark.parametrize("name", CHOICES)
def test_it_is_the_data_set_that_it_is_in_memory(path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_spool, "BLOCK_BYTES", 1_000)
    choices = CHOICES[name]
    in_memory = load_configured(DataConfig(source=f"parquet:{path}", residence=Residence.MEMORY, **choices))
    for streamed in (load(path, **choices), load(path, **choices)):
        assert isinstance(streamed.train_X, np.memmap)
        assert streamed.checked_fingerprint == in_memory.fingerprint()
        assert streamed.preprocessing() == in_memory.preprocessing()
        assert streamed.notes == in_memory.notes
        assert streamed.class_names == in_memory.class_names
        for part in ("train_X", "test_X"):
            rows = getattr(in_memory, part)
            assert np.array_equal(getattr(streamed, part), rows, equal_nan=True)
            assert streamed.scaled(getattr(streamed, part)).tobytes() == in_memory.scaled(rows).tobytes()
        assert np.array_equal(streamed.train_y, in_memory.train_y)


def test_many_columns_have_the_bits_of_the_frame(tmp_path: Path) -> None:
    """Means of a frame are summed column by column; those of a wide one too."""
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    import pyarrow.parquet as parquet

    generator = np.random.default_rng(3)
    columns = {f"x{index}": generator.normal(size=3_001) * 10.0 ** (index % 9 - 4) for index in range(40)}
    columns["class"] = generator.integers(0, 3, 3_001)
    parquet.write_table(pyarrow.table(columns), tmp_path / "wide.parquet", row_group_size=700)
    source = f"parquet:{tmp_path / 'wide.parquet'}"
    choices = {"target": "class", "task": Task.CLASSIFICATION}
    in_memory = load_configured(DataConfig(source=source, residence=Residence.MEMORY, **choices))
    assert load(tmp_path / "wide.parquet", **choices).preprocessing() == in_memory.preprocessing()


@pytest.mark.parametrize("name", ["guessed", "regression"])
def test_a_streamed_run_is_its_script(path: Path, name: str) -> None:
    choices = {f"data__{key}": str(value) for key, value in CHOICES[name].items()}
    config = digits_config(
        data__source=f"parquet:{path}", data__residence="stream", training__epochs=2, optimizer__lr=0.05, **choices
    )
    assert ended(train(config))["weights_sha256"] == script_weights(config)[0]


def test_it_is_read_once_and_the_older_state_goes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(path)
    (folder,) = kept()
    with monkeypatch.context() as unable:
        unable.setattr(parquet_spool, "_build", None)
        load(path)

    os.utime(path, (1, 1))
    load(path)
    (newer,) = kept()
    assert newer.name != folder.name
    assert sorted(entry.name for entry in newer.iterdir()) == [
        "facts.json",
        *(f"{part}_{letter}.npy" for part in ("test", "train") for letter in "Xy"),
    ]


@pytest.mark.parametrize("choices", [CHOICES["regression"], {"target": "flag"}, {"ignore": "share"}, CHOICES["split"]], ids=str)
def test_other_choices_are_another_data_set(path: Path, choices: dict[str, Any]) -> None:
    in_memory = load_configured(DataConfig(source=f"parquet:{path}", residence=Residence.MEMORY, **choices))
    assert load(path).fingerprint() != in_memory.fingerprint()
    assert load(path, **choices).fingerprint() == in_memory.fingerprint()


def test_gaps_that_were_filled_before_are_refused_where_they_are_not_to_be_filled(path: Path) -> None:
    load(path, missing=Missing.IMPUTE)
    with pytest.raises(DataError, match="is empty"):
        load(path)


@pytest.mark.parametrize("name", ["train_X.npy", "test_y.npy", "facts.json"])
@pytest.mark.parametrize("place", [0.1, 0.9])
def test_a_flipped_bit_is_found_and_the_table_read_again(path: Path, name: str, place: float) -> None:
    fingerprint = load(path).fingerprint()
    file = kept()[0] / name
    data = bytearray(file.read_bytes())
    data[int(len(data) * place)] ^= 4
    file.write_bytes(data)
    again = load(path)
    assert again.fingerprint() == fingerprint
    assert file.read_bytes() != bytes(data)


def test_what_does_not_fit_in_memory_is_streamed_unless_memory_is_demanded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_files, "free_bytes", lambda: 20_000)
    assert isinstance(load_configured(DataConfig(source=f"parquet:{path}")).train_X, np.memmap)
    monkeypatch.setattr("tui_trainer.engine.text_lines.MEMORY_PER_BYTE", 0)
    with pytest.raises(DataError, match=r"data.residence=stream"):
        load_configured(DataConfig(source=f"parquet:{path}", residence=Residence.MEMORY))


def test_a_disk_without_room_is_said_and_nothing_is_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_spool.shutil, "disk_usage", lambda _: SimpleNamespace(free=9))
    with pytest.raises(ResourceError, match="of disk to be streamed, 9 B are free"):
        load(path)
    assert kept() == []


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"target": "weight"}, "no column"),
        ({"ignore": "weight"}, "data.ignore names"),
        ({"target": "size"}, "data.task=regression"),
        ({}, "is empty"),
    ],
    ids=["target", "ignore", "task", "gaps"],
)
def test_what_is_refused_in_memory_is_refused_in_the_same_words(path: Path, choices: dict[str, str], words: str) -> None:
    messages = []
    for residence in (Residence.MEMORY, Residence.STREAM):
        with pytest.raises(DataError, match=words) as caught:
            load_configured(DataConfig(source=f"parquet:{path}", residence=residence, **choices))
        messages.append(caught.value.message)
    assert messages[0] == messages[1]
    assert kept() == []


def test_a_refusal_in_the_middle_of_it_leaves_nothing_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise DataError("a column cannot be used; leave it out")

    load(path)
    os.utime(path, (1, 1))
    monkeypatch.setattr(parquet_spool, "check_input", fail)
    before = count_descriptors()
    for _ in range(3):
        with pytest.raises(DataError, match="cannot be used"):
            load(path)
    assert count_descriptors() == before
    assert kept() == []


def test_it_is_described_like_a_table_in_memory(path: Path) -> None:
    described = [
        describe_data(DataConfig(source=f"parquet:{path}", residence=residence), no_progress)
        for residence in (Residence.MEMORY, Residence.STREAM)
    ]
    assert described[0] == described[1]
