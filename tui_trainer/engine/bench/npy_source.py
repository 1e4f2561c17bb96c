"""Data for the bench as a source of its own, npy:DIR, so that the trainer's own code loads what was cut down or made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tui_trainer.engine.dataset import Array
from tui_trainer.runs.paths import ensure_folder


def write_source(folder: Path, train_X: Array, test_X: Array, num_classes: int) -> str:
    """Write X (N, D) of both parts with labels that go round the classes, which no time depends on; the source's name."""
    ensure_folder(folder)
    for part, X in (("train", train_X), ("test", test_X)):
        np.save(folder / f"{part}_X.npy", np.ascontiguousarray(X))
        np.save(folder / f"{part}_y.npy", np.arange(len(X), dtype=np.int64) % num_classes)
    return f"npy:{folder}"


def evenly(X: Array, num_rows: int) -> Array:
    """`num_rows` rows of X (N, D), as far apart as they can be; all of them where there are no more."""
    return X[np.linspace(0, len(X) - 1, min(num_rows, len(X)), dtype=np.int64)]
