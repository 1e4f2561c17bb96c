"""The statistics of a table are, to the last bit, those that scikit-learn takes in the printed script."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from tests.engine.table_texts import write_mixed_table
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.table import Column, Table
from tui_trainer.engine.table_dataset import build_table_dataset
from tui_trainer.runs.config import DataConfig


def statistics(dataset: Dataset) -> list[tuple[float, float]]:
    return [
        (entry["mean"], entry["scale"]) for entry in dataset.preprocessing()["table"]["inputs"] if entry["kind"] == "number"
    ]


def test_of_a_file_they_are_those_of_the_frames_columns(tmp_path: Path) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv", num_rows=2000)
    frame = pd.read_csv(path, float_precision="round_trip")
    train, _ = train_test_split(frame, test_size=0.2, stratify=frame["class"], random_state=0)
    scaler = StandardScaler().fit(train[["age", "size", "share"]])
    expected = list(zip(scaler.mean_.tolist(), scaler.scale_.tolist(), strict=True))
    assert statistics(load_configured(DataConfig(source=f"csv:{path}"))) == expected


def test_of_an_array_they_are_those_of_its_rows() -> None:
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(2000, 3)) * 1e6 / 3, np.arange(2000) % 2
    columns = [Column(name, X[:, index].copy()) for index, name in enumerate("abc")]
    table = Table("made", (*columns, Column("y", y.astype(np.float64))), is_frame=False)
    X_train, _, _, _ = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    scaler = StandardScaler().fit(X_train)
    expected = list(zip(scaler.mean_.tolist(), scaler.scale_.tolist(), strict=True))
    assert statistics(build_table_dataset(table, DataConfig(source="digits"))) == expected
