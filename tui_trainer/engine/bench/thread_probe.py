"""The probe of `mlp-tui bench --threads`: short trainings of one configuration at each thread count, in paired rounds.

The whole path of a run is timed, since a core that steps leave idle takes the evaluations. Examples are as many as make an
epoch short; the share of evaluation in it stays. Remembering the answer is the caller's.
"""

from __future__ import annotations

import dataclasses
import statistics
import time
from pathlib import Path
from typing import Any

import torch

from tui_trainer.engine.bench.contender import BenchData, Contender, limited_threads
from tui_trainer.engine.bench.rounds import Seconds, measure_rounds, spread
from tui_trainer.engine.bench.run_loop import RunLoop
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
    data: BenchData, config: RunConfig, cores: int, num_rounds: int, folder: Path, progress: OnProgress = no_progress
) -> dict[str, Any]:
    """{threads, num_train, candidates: [{threads, epoch_s, rounds_s}]}: the count to take, and what each one took."""
    part = shortened(data, steps_within(EPOCH_S, data, config) * config.data.batch_size)
    contenders: dict[str, Contender] = {}
    for count in candidate_counts(cores):
        with limited_threads(count):
            contenders[str(count)] = RunLoop(part, config, count, "cpu", folder / f"threads-{count}")
    seconds = measure_rounds(contenders, num_rounds=num_rounds, epochs_per_round=EPOCHS_PER_ROUND, progress=progress)
    return {
        "threads": fewest_that_suffice({contenders[name].threads: taken for name, taken in seconds.items()}),
        "num_train": part.num_train,
        "rounds": num_rounds,
        "candidates": [
            {"threads": int(name), "epoch_s": spread(taken), "rounds_s": taken} for name, taken in seconds.items()
        ],
    }


def candidate_counts(cores: int) -> list[int]:
    """1 to `cores`; beyond four only powers of two and their middles (6, 8, 12, 16, ...), and `cores` itself."""
    steps = {2**power * factor // 2 for power in range(1, 11) for factor in (2, 3)}
    return sorted(count for count in {1, *steps, cores} if count <= cores)


def fewest_that_suffice(seconds: dict[int, Seconds]) -> int:
    """The smallest count that no larger one beats by more than WORTH_A_THREAD says."""
    medians = {count: statistics.median(taken) for count, taken in seconds.items()}
    best = min(medians.values())
    return min(count for count, median in medians.items() if median * WORTH_A_THREAD <= best)


def steps_within(limit_s: float, data: BenchData, config: RunConfig) -> int:
    """Steps that one thread makes in `limit_s` seconds, at least MIN_STEPS and at most an epoch's."""
    batch_size = config.data.batch_size
    network = build_network(config.model, data.dataset.num_inputs, data.dataset.num_classes)
    step = EagerStep(network, build_optimizer(config.optimizer, network.parameters()))
    batch = data.train[0][:batch_size], data.train[1][:batch_size]
    with limited_threads(1):
        step(*batch)
        begun = time.perf_counter()
        for _ in range(TIMED_STEPS):
            step(*batch)
        step_s = (time.perf_counter() - begun) / TIMED_STEPS
    return max(MIN_STEPS, min(int(limit_s / step_s), -(-data.num_train // batch_size)))


def shortened(data: BenchData, num_train: int) -> BenchData:
    """The first `num_train` examples to train on, and as large a share of those to test on."""
    if num_train >= data.num_train:
        return data
    num_test = max(1, len(data.test[1]) * num_train // data.num_train)
    train = data.train[0][:num_train], data.train[1][:num_train]
    test = data.test[0][:num_test], data.test[1][:num_test]
    return dataclasses.replace(data, train=train, test=test)


def reset_generator(seed: int) -> None:
    """Put torch's default generator where a run of `seed` has it."""
    torch.manual_seed(seed)
