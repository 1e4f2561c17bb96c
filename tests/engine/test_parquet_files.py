"""Parquet: what is said without pyarrow, and with it the same table as CSV."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.engine.table_texts import write_mixed_table
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.errors import DataError


def test_without_pyarrow_the_line_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"pip install 'mlp-tui\[parquet\]'"):
        load_configured(DataConfig(source="parquet:/x"))


def test_a_parquet_file_is_the_table_that_its_csv_is(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    import pandas as pd
    import pyarrow.parquet as parquet

    frame = pd.read_csv(write_mixed_table(tmp_path / "mixed.csv"), float_precision="round_trip", dtype={"flag": str})
    parquet.write_table(pyarrow.Table.from_pandas(frame), tmp_path / "mixed.parquet", row_group_size=50)
    sources = (f"csv:{tmp_path / 'mixed.csv'}", f"parquet:{tmp_path / 'mixed.parquet'}")
    assert len({load_configured(DataConfig(source=source)).fingerprint() for source in sources}) == 1
