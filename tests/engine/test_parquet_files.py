"""Parquet: what is said without pyarrow, and with it the same table as CSV."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.engine.table_texts import write_mixed_table
from tests.engine.training import digits_config, ended, script_weights, train
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.errors import DataError


def write_parquet(path: Path) -> Path:
    """The CSV at `path` as Parquet beside it, in row groups of 50."""
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    import pandas as pd
    import pyarrow.parquet as parquet

    frame = pd.read_csv(path, float_precision="round_trip", dtype={"flag": str}, na_values="?")
    parquet.write_table(pyarrow.Table.from_pandas(frame), path.with_suffix(".parquet"), row_group_size=50)
    return path.with_suffix(".parquet")


def test_without_pyarrow_the_line_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"pip install 'mlp-tui\[parquet\]'"):
        load_configured(DataConfig(source="parquet:/x"))


def test_a_parquet_file_is_the_table_that_its_csv_is(tmp_path: Path) -> None:
    write_parquet(write_mixed_table(tmp_path / "mixed.csv"))
    sources = (f"csv:{tmp_path / 'mixed.csv'}", f"parquet:{tmp_path / 'mixed.parquet'}")
    assert len({load_configured(DataConfig(source=source)).fingerprint() for source in sources}) == 1


@pytest.mark.parametrize(
    "changes",
    [{}, {"data__target": "size", "data__task": "regression"}, {"data__target": "colour", "data__ignore": "share"}],
    ids=["guessed", "regression", "chosen"],
)
def test_a_run_on_a_parquet_file_is_its_script(tmp_path: Path, changes: dict[str, str]) -> None:
    path = write_parquet(write_mixed_table(tmp_path / "mixed.csv"))
    config = digits_config(data__source=f"parquet:{path}", training__epochs=2, optimizer__lr=0.05, **changes)
    expected, _ = script_weights(config)
    run = train(config)
    assert ended(run)["weights_sha256"] == expected


def test_gaps_are_refused_with_their_place_or_filled(tmp_path: Path) -> None:
    path = write_parquet(write_mixed_table(tmp_path / "gaps.csv", with_gaps=True))
    with pytest.raises(DataError, match=r"row [\d,]+, column .* is empty"):
        load_configured(DataConfig(source=f"parquet:{path}"))
    config = digits_config(data__source=f"parquet:{path}", data__missing="impute", training__epochs=2, optimizer__lr=0.05)
    assert ended(train(config))["weights_sha256"] == script_weights(config)[0]


@pytest.mark.parametrize("size", [0, 3, 100, 2000])
def test_a_file_that_is_cut_or_none_is_refused_in_one_line(tmp_path: Path, size: int) -> None:
    path = write_parquet(write_mixed_table(tmp_path / "mixed.csv"))
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match="no sound Parquet file") as caught:
        load_configured(DataConfig(source=f"parquet:{path}"))
    assert len(caught.value.message) <= 300


def test_an_infinite_cell_is_refused_with_its_place(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    import pyarrow.parquet as parquet

    columns = {"a": [1.0, float("inf"), 3.0, 4.0], "y": [0, 1, 0, 1]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "x.parquet")
    with pytest.raises(DataError, match='row 3, column "a" is infinite'):
        load_configured(DataConfig(source=f"parquet:{tmp_path / 'x.parquet'}"))


def test_a_target_that_looks_like_a_number_wants_its_task_written(tmp_path: Path) -> None:
    path = write_parquet(write_mixed_table(tmp_path / "mixed.csv"))
    with pytest.raises(DataError, match=r"write data\.task=regression"):
        load_configured(DataConfig(source=f"parquet:{path}", target="size"))
