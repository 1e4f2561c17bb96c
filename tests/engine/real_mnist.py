"""What tests know of MNIST: its one fingerprint, and a stand-in of the same form that needs no files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.mnist_cache import build_mnist, keep_mnist

MNIST_FINGERPRINT = "c9635478522f1f2c2ceecc27e77e7b1c04ab057dd7310eda3641a2dbc2dd41c3"
"""From idx files, packed or not, and from OpenML; manifests of old runs hold it, so it never changes."""


def keep_stand_in(data_home: Path) -> Dataset:
    """Keep 70,000 black images with labels 0 ... 9 in turn as if they were MNIST (55 MB)."""
    dataset = build_mnist(np.zeros((70_000, 784), np.uint8), np.arange(70_000) % 10)
    keep_mnist(dataset, data_home)
    return dataset
