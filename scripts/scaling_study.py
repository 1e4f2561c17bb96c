"""Seconds an epoch against width, batch size and number of rows: a run of ours, the DataLoader loop, NumPy by hand, the floor.

Usage: python scripts/scaling_study.py [--quick] [--rounds N] [--only AXIS] [--redraw]. Writes docs/scaling.json,
docs/scaling.svg and the table between the markers of docs/performance.md; --redraw only draws anew what docs/scaling.json
holds, --only measures one axis of it again. The data are made up, of MNIST's shape. Where an epoch would take long, it is
measured on fewer rows and multiplied up, which the table says; a save after each epoch is multiplied with it, so the rows of
--quick, which are few, flatter the others.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scaling_report import write_report

DOCS = Path(__file__).resolve().parent.parent / "docs"
NUM_INPUTS, NUM_CLASSES = 784, 10
WIDTH, BATCH, ROWS = 128, 64, 60_000
AXES = {
    "width": (64, 128, 256, 512, 1024, 2048, 4096),
    "batch_size": (16, 64, 256, 1024, 4096, 8192),
    "rows": (6_000, 20_000, 60_000, 200_000, 600_000),
}
QUICK_AXES = {"width": (64, 256, 1024), "batch_size": (16, 64, 1024), "rows": (2_000, 8_000)}
EPOCHS_PER_ROUND = 3
BUDGET = 3e11
"""Multiply-adds of a timed epoch; a wider network is timed on as many rows as go into it."""
LR = 0.01


@dataclasses.dataclass(frozen=True)
class Point:
    """One measurement: hidden layers of `width` and half of it, as in the book's 128 and 64."""

    axis: str
    width: int = WIDTH
    batch_size: int = BATCH
    rows: int = ROWS

    @property
    def widths(self) -> list[int]:
        """Inputs, hidden layers, classes."""
        return [NUM_INPUTS, self.width, self.width // 2, NUM_CLASSES]

    def timed_rows(self, budget: float) -> int:
        """Rows to train on while the clock runs: all, or what the budget allows, at least two batches."""
        work = 3 * sum(one * other for one, other in zip(self.widths[:-1], self.widths[1:], strict=True))
        return min(self.rows, max(2 * self.batch_size, int(budget / work)))


def points(axes: dict[str, tuple[int, ...]]) -> Iterator[Point]:
    """Each axis by itself, the others as in the book."""
    for axis, values in axes.items():
        for value in values:
            yield Point(axis, **{axis: value})


def measure(point: Point, num_rounds: int, budget: float, folder: Path) -> dict[str, Any]:
    """Medians of the seconds of an epoch of `point`, for all its rows."""
    from tui_trainer.engine.bench.book_loop import BookLoop
    from tui_trainer.engine.bench.contender import bench_data
    from tui_trainer.engine.bench.npy_source import write_source
    from tui_trainer.engine.bench.numpy_loop import NumpyLoop
    from tui_trainer.engine.bench.products import products_floor_s
    from tui_trainer.engine.bench.rounds import measure_rounds, spread, warm_up
    from tui_trainer.engine.bench.run_loop import RunLoop
    from tui_trainer.engine.data_loading import load_dataset
    from tui_trainer.runs.config_layers import resolve_config
    from tui_trainer.runs.threads import num_cores, resolve_threads

    rows = point.timed_rows(budget)
    train_X, test_X = made_up(rows), made_up(max(1, rows // 6))
    flags = {
        "data.source": write_source(folder / "data", train_X, test_X, NUM_CLASSES),
        "data.batch_size": point.batch_size,
        "data.residence": "memory",
        "model.hidden": point.widths[1:-1],
        "optimizer.lr": LR,
        "device": "cpu",
    }
    config = resolve_config(flags=flags)
    threads = resolve_threads(config)
    data = bench_data(load_dataset(str(config.data.source), 0))
    contenders = {
        "ours": RunLoop(config, threads, folder / "run"),
        "book": BookLoop(data, config, threads),
        "numpy": NumpyLoop(data, config, threads),
    }
    warm_up(contenders, 1)
    seconds = measure_rounds(contenders, num_rounds=num_rounds, epochs_per_round=EPOCHS_PER_ROUND)
    share = point.rows / rows
    floor_s = min(
        products_floor_s(point.widths, rows, len(test_X), batch_size=point.batch_size, eval_batch_size=512, threads=count)
        for count in {1, threads, num_cores()}
    )
    return {
        **dataclasses.asdict(point),
        "timed_rows": rows,
        "threads": threads,
        "step_mode": contenders["ours"].kind,
        "seconds": {name: spread(taken)["median"] * share for name, taken in seconds.items()} | {"floor": floor_s * share},
    }


def made_up(num_rows: int) -> np.ndarray:
    """(N, 784) bytes, a fifth of them not zero, as in MNIST."""
    generator = np.random.default_rng(num_rows)
    pixels = generator.integers(1, 256, (num_rows, NUM_INPUTS), dtype=np.uint8)
    pixels[generator.random((num_rows, NUM_INPUTS), dtype=np.float32) > 0.2] = 0
    return pixels


def study(*, is_quick: bool, num_rounds: int, only: str | None = None) -> dict[str, Any]:
    """Measure every point (`only`: of one axis), one after the other, in a home of its own."""
    from tui_trainer.engine.bench.comparison import describe_machine

    budget = BUDGET / 100 if is_quick else BUDGET
    measured = []
    axes = QUICK_AXES if is_quick else AXES
    for point in points(axes if only is None else {only: axes[only]}):
        with tempfile.TemporaryDirectory(prefix="scaling-") as home:
            os.environ["MLP_TUI_HOME"] = home
            measured.append(measure(point, num_rounds, budget, Path(home)))
        print(json.dumps(measured[-1]), flush=True)
    return {
        "is_quick": is_quick,
        "rounds": num_rounds,
        "epochs_per_round": EPOCHS_PER_ROUND,
        "machine": describe_machine(),
        "points": measured,
    }


def main() -> None:
    """Measure or read, then write the three files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few points, one round, short epochs: to see that it works")
    parser.add_argument("--rounds", type=int, default=None, help="rounds a point (3; quick: 1)")
    parser.add_argument("--only", choices=AXES, default=None, help="measure this axis again, keep the others")
    parser.add_argument("--redraw", action="store_true", help="measure nothing, draw docs/scaling.json anew")
    arguments = parser.parse_args()
    if arguments.redraw:
        result = json.loads((DOCS / "scaling.json").read_text())
    else:
        result = study(
            is_quick=arguments.quick, num_rounds=arguments.rounds or (1 if arguments.quick else 3), only=arguments.only
        )
        if arguments.only is not None:
            result = replaced(json.loads((DOCS / "scaling.json").read_text()), result, arguments.only)
    write_report(result, DOCS)


def replaced(before: dict[str, Any], measured: dict[str, Any], axis: str) -> dict[str, Any]:
    """`before` with the points of `axis` as they were measured now; refused where the two were measured otherwise."""
    for key in ("is_quick", "rounds", "epochs_per_round", "machine"):
        if before[key] != measured[key]:
            raise SystemExit(f"docs/scaling.json was measured with another {key}; measure all axes again")
    points_now = {one["axis"]: [] for one in before["points"]} | {axis: measured["points"]}
    for one in before["points"]:
        if one["axis"] != axis:
            points_now[one["axis"]].append(one)
    return {**measured, "points": [one for group in points_now.values() for one in group]}


if __name__ == "__main__":
    main()
