"""Points in the plane that show what a network can and cannot bend: moons, circles, spirals and blobs.

Drawn anew from `data.split_seed` each time, never kept. scikit-learn makes all but the spirals, which it does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tui_trainer.engine.table import Column, Table
from tui_trainer.runs.config import DataConfig

BLOB_CENTRES = ((-1, -1), (-1, 1), (1, -1), (1, 1))
INNER_CIRCLE = 0.5
SPIRAL_TURNS = 1.5


def make_toy_table(shape: str, data: DataConfig) -> Table:
    """`data.num_examples` points of `shape` with `data.noise`, columns x and y, and their class."""
    X, labels = _MAKERS[shape](data.num_examples, data.noise, data.split_seed)
    values = np.asarray(X, dtype=np.float64)
    columns = (Column("x1", values[:, 0].copy()), Column("x2", values[:, 1].copy()))
    target = Column("class", np.asarray(labels, dtype=np.float64))
    return Table(f"toy:{shape}", (*columns, target), target="class", has_number_target=False, is_frame=False)


def _moons(num_examples: int, noise: float, seed: int) -> Any:
    from sklearn.datasets import make_moons

    return make_moons(num_examples, noise=noise, random_state=seed)


def _circles(num_examples: int, noise: float, seed: int) -> Any:
    from sklearn.datasets import make_circles

    return make_circles(num_examples, noise=noise, factor=INNER_CIRCLE, random_state=seed)


def _blobs(num_examples: int, noise: float, seed: int) -> Any:
    from sklearn.datasets import make_blobs

    return make_blobs(num_examples, centers=np.array(BLOB_CENTRES), cluster_std=noise, random_state=seed)


def _spirals(num_examples: int, noise: float, seed: int) -> Any:
    """Two arms, the second turned by half a circle; radius grows with the angle, points are even along the arm's area."""
    generator = np.random.default_rng(seed)
    labels = np.arange(num_examples) % 2
    radius = np.sqrt(generator.random(num_examples))
    angle = 2 * np.pi * SPIRAL_TURNS * radius + np.pi * labels
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return points + noise * generator.standard_normal(points.shape), labels


_MAKERS: dict[str, Callable[[int, float, int], Any]] = {
    "moons": _moons,
    "circles": _circles,
    "spirals": _spirals,
    "blobs": _blobs,
}
