"""Peak memory of a run on a set larger than it: `python scripts/measure_streaming.py [--gb 4] [--workers 0] [--parquet]`.

Writes a synthetic set of MNIST's width as npy:DIR, or as one Parquet file, in a temporary folder, trains one epoch in a trainer
process of its own with `data.residence = stream`, and prints the largest resident memory that the trainer had, as the kernel
counts it, from its first moment on.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.launcher import start_run

NUM_INPUTS, NUM_TEST, ROWS_A_BLOCK = 784, 10_000, 20_000


def write_rows(path: Path, num_rows: int, generator: np.random.Generator) -> None:
    """float32 (num_rows, 784), made and written block by block."""
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(num_rows, NUM_INPUTS))
    for start in range(0, num_rows, ROWS_A_BLOCK):
        block = array[start : start + ROWS_A_BLOCK]
        block[:] = generator.random(block.shape, dtype=np.float32)
    array.flush()


def write_set(folder: Path, num_bytes: int) -> int:
    """The four arrays; the number of training rows."""
    generator = np.random.default_rng(0)
    num_train = num_bytes // (NUM_INPUTS * 4)
    for part, num_rows in (("train", num_train), ("test", NUM_TEST)):
        write_rows(folder / f"{part}_X.npy", num_rows, generator)
        np.save(folder / f"{part}_y.npy", generator.integers(0, 10, num_rows))
    return num_train


def write_parquet(path: Path, num_bytes: int) -> int:
    """One table of as many float32 columns and a class, in row groups of ROWS_A_BLOCK; the number of its rows."""
    import pyarrow
    import pyarrow.parquet as parquet

    generator = np.random.default_rng(0)
    num_rows = num_bytes // (NUM_INPUTS * 4)
    names = [f"x{index}" for index in range(NUM_INPUTS)]
    schema = pyarrow.schema([*((name, pyarrow.float32()) for name in names), ("class", pyarrow.string())])
    with parquet.ParquetWriter(path, schema, use_dictionary=False, compression="none") as writer:
        for start in range(0, num_rows, ROWS_A_BLOCK):
            count = min(ROWS_A_BLOCK, num_rows - start)
            block = generator.random((NUM_INPUTS, count), dtype=np.float32)
            classes = pyarrow.array([f"c{label}" for label in generator.integers(0, 10, count)])
            writer.write_table(pyarrow.table([*map(pyarrow.array, block), classes], schema=schema), row_group_size=count)
    return num_rows


def peak_of(pid: int) -> int:
    """VmHWM of a process in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def main() -> None:
    """Write, train, measure, print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gb", type=float, default=4.0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--parquet", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MLP_TUI_HOME"] = str(Path(scratch) / "home")
        folder = Path(scratch) / "set"
        folder.mkdir()
        num_bytes = int(arguments.gb * 1e9)
        if arguments.parquet:
            num_rows, source = write_parquet(folder / "set.parquet", num_bytes), f"parquet:{folder / 'set.parquet'}"
        else:
            num_rows, source = write_set(folder, num_bytes), f"npy:{folder}"
        config = resolve_config(
            flags={
                "data.source": source,
                "data.residence": "stream",
                "data.batch_size": 256,
                "data.num_workers": arguments.workers,
                "training.epochs": 1,
                "optimizer.lr": 0.01,
            }
        )
        started = start_run(config)
        peak = 0
        while started.process.poll() is None:
            peak = max(peak, peak_of(started.process.pid))
            time.sleep(0.05)
        history = started.directory.history()
        print(
            json.dumps(
                {
                    "set_bytes": sum(path.stat().st_size for path in folder.iterdir()),
                    "num_rows": num_rows,
                    "peak_rss_bytes": peak,
                    "epoch_s": history.epochs[-1].epoch_s if history.epochs else None,
                    "exit_code": started.process.returncode,
                }
            )
        )


if __name__ == "__main__":
    main()
