"""The probe of `mlp-tui bench --threads`: short trainings of one configuration at each thread count, in paired rounds.

The whole path of a run is timed, since a core that the steps leave idle takes the evaluations. Examples are as many as make an
epoch short; the share of evaluation in it stays. Remembering the answer is the caller's.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import torch

from tui_trainer.engine.bench.contender import Contender, limited_threads
from tui_trainer.engine.bench.npy_source import evenly, write_source
from tui_trainer.engine.bench.rounds import Seconds, measure_rounds, spread, warm_up
from tui_trainer.engine.bench.run_loop import RunLoop
from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.load_progress import OnProgress, no_progress
from tui_trainer.engine.network import build_network
from tui_trainer.engine.optimization import build_optimizer
from tui_trainer.engine.train_step import EagerStep
from tui_trainer.runs.config import RunConfig

EPOCHS_PER_ROUND = 5
EPOCH_S = 0.25
"""What a probe's epoch is to take, in seconds of eager steps on one thread."""
MIN_STEPS, TIMED_STEPS = 8, 5
WORTH_A_THREAD = 0.97
"""More threads must take less than this share of the time of fewer, or they are left to others."""


def probe_threads(
    dataset: Dataset, config: RunConfig, cores: int, num_rounds: int, folder: Path, progress: OnProgress = no_progress
) -> dict[str, Any]:
    """{threads, num_train, rounds, candidates: [{threads, epoch_s, rounds_s}]}: the count to take, and what each took."""
    num_train = steps_within(EPOCH_S, dataset, config) * config.data.batch_size
    config = _on_part(dataset, min(num_train, dataset.num_train), config, folder)
    contenders: dict[str, Contender] = {
        str(count): RunLoop(config, count, folder / f"threads-{count}") for count in candidate_counts(cores)
    }
    warm_up(contenders, 1, progress)
    seconds = measure_rounds(contenders, num_rounds=num_rounds, epochs_per_round=EPOCHS_PER_ROUND, progress=progress)
    return {
        "threads": fewest_that_suffice({int(name): taken for name, taken in seconds.items()}),
        "num_train": min(num_train, dataset.num_train),
        "rounds": num_rounds,
        "candidates": [{"threads": int(name), "epoch_s": spread(taken), "rounds_s": taken} for name, taken in seconds.items()],
    }


def candidate_counts(cores: int) -> list[int]:
    """1 to `cores`; beyond four only powers of two, their middles (6, 8, 12, 16, ...) and `cores` itself."""
    steps = {2**power * factor // 2 for power in range(1, 11) for factor in (2, 3)}
    return sorted(count for count in {1, *steps, cores} if count <= cores)


def fewest_that_suffice(seconds: dict[int, Seconds]) -> int:
    """The smallest count that no other one beats by more than WORTH_A_THREAD says."""
    medians = {count: statistics.median(taken) for count, taken in seconds.items()}
    best = min(medians.values())
    return min(count for count, median in medians.items() if median * WORTH_A_THREAD <= best)


def steps_within(limit_s: float, dataset: Dataset, config: RunConfig) -> int:
    """Steps that one thread makes in `limit_s` seconds, at least MIN_STEPS."""
    network = build_network(config.model, dataset.num_inputs, dataset.num_classes)
    step = EagerStep(network, build_optimizer(config.optimizer, network.parameters()))
    batch_size = min(config.data.batch_size, dataset.num_train)
    X_B, y_B = torch.from_numpy(dataset.scaled(dataset.train_X[:batch_size])), torch.tensor(dataset.train_y[:batch_size])
    with limited_threads(1):
        step(X_B, y_B)
        begun = time.perf_counter()
        for _ in range(TIMED_STEPS):
            step(X_B, y_B)
        step_s = (time.perf_counter() - begun) / TIMED_STEPS
    return max(MIN_STEPS, int(limit_s / step_s))


def _on_part(dataset: Dataset, num_train: int, config: RunConfig, folder: Path) -> RunConfig:
    """`config` on the CPU, on `num_train` of the examples and as large a share of those to test on."""
    num_test = max(1, dataset.num_test * num_train // dataset.num_train)
    parts = evenly(dataset.train_X, num_train), evenly(dataset.test_X, num_test)
    source = write_source(folder / "data", *parts, dataset.num_classes)
    data = config.data.model_copy(update={"source": source})
    return config.model_copy(update={"device": "cpu", "data": data})
