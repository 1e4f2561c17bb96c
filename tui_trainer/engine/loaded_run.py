"""What an attempt has in memory before it begins: data, network, optimiser, schedule and device of a configuration."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import torch

from tui_trainer import __version__
from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.batches import EpochBatches, build_batches
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.early_stopper import EarlyStopper
from tui_trainer.engine.example_set import Batch, ExampleSet, load_sets
from tui_trainer.engine.held_out import split_validation
from tui_trainer.engine.network import build_network, describe_network
from tui_trainer.engine.optimization import build_optimizer
from tui_trainer.engine.regression_limits import check_regression
from tui_trainer.engine.schedule import build_schedule
from tui_trainer.engine.spare_cores import SpareCores, spare_cores
from tui_trainer.engine.step_rules import build_rules, check_processes, part_sizes
from tui_trainer.engine.train_step import TrainStep, choose_step
from tui_trainer.engine.training_state import TrainingState
from tui_trainer.engine.weight_average import WeightAverage
from tui_trainer.engine.world import ALONE, World, choose_rank_device
from tui_trainer.runs.config import Residence, RunConfig, StepMode
from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.memory_budget import check_memory, free_bytes
from tui_trainer.runs.model_shapes import BYTES_PER_FLOAT
from tui_trainer.runs.run_findings import next_batch_size


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A configuration with everything that it names, ready for its first step."""

    config: RunConfig
    threads: int
    device: torch.device
    dataset: Dataset
    data_fingerprint: str
    train_set: ExampleSet
    """What is trained on: the data set's own, less what is held out."""
    val_set: ExampleSet | None
    """What is held out; None: nothing."""
    test_set: ExampleSet
    state: TrainingState
    step: TrainStep
    step_dropped: str | None
    """Why steps are not replayed although they were to be; None: they are, or were not to be."""
    spare: SpareCores | None
    """Cores to be lent to the step; None: there are none."""
    world: World = ALONE
    """Which of the run's processes this is."""

    @property
    def num_train(self) -> int:
        """Examples of an epoch."""
        return len(self.train_set)

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps an epoch, the last and perhaps smaller batch included."""
        return count_steps(self.num_train, self.config)

    def first_batches(self) -> list[Batch]:
        """What a step is checked on."""
        return _first_batches(self.train_set, self.config.data.batch_size)

    def batches(self) -> EpochBatches:
        """The training set in batches."""
        data = self.config.data
        return build_batches(self.train_set, data.batch_size, data.num_workers, self.device, self.spare)

    def manifest_facts(self) -> dict[str, Any]:
        """The fields that all manifests of the attempt share."""
        return {
            "model": describe_network(self.config.model, self.dataset.num_inputs, self.dataset.num_classes),
            "data_fingerprint": self.data_fingerprint,
            "preprocessing": self.dataset.preprocessing(),
            "versions": versions(),
            "threads": self.threads,
            "world_size": self.world.size,
            "device": str(self.device),
        }


def load_run(config: RunConfig, threads: int, answers: LauncherAnswers, world: World = ALONE) -> LoadedRun:
    """Load what `config` names, on `threads` threads; the generator is seeded and the first weights are drawn.

    Raises what the launcher is to be refused with: ResourceError, DataError or ConfigError.
    """
    check_processes(config, world.size)
    torch.set_num_threads(threads)
    be_deterministic(config.training.deterministic)
    device = choose_rank_device(config.device, world)
    dataset = load_configured(config.data, answers.progress)
    if dataset.is_regression:
        check_regression(config, world.size)
    rules = build_rules(config, device)
    check_memory(config, dataset.num_inputs, dataset.num_classes)
    torch.manual_seed(config.seed)
    network = build_network(config.model, dataset.num_inputs, dataset.num_classes).to(device)
    optimizer = build_optimizer(config.optimizer, network.parameters())
    whole_set, test_set = load_sets(dataset, device, is_streamed=is_streamed(config.data.residence, dataset))
    train_set, val_set = split_validation(whole_set, dataset, config.data)
    _check_last_batch(config, len(train_set), rules.part_size)
    # Several processes exchange gradients between backward and update, which one captured graph cannot do.
    mode = config.training.step_mode if world.size == 1 else StepMode.EAGER
    spare = spare_cores(threads) if device.type == "cpu" and world.size == 1 else None
    chosen = choose_step(mode, network, optimizer, _first_batches(train_set, config.data.batch_size), rules, spare)
    state = TrainingState(
        network,
        optimizer,
        build_schedule(config, optimizer, count_steps(len(train_set), config)),
        device,
        average=WeightAverage(network, config.training.ema_decay) if config.training.ema_decay else None,
        stopper=EarlyStopper(config.training),
        scaler=rules.scaler,
    )
    return LoadedRun(
        config=config,
        threads=threads,
        device=device,
        dataset=dataset,
        data_fingerprint=dataset.fingerprint(),
        train_set=train_set,
        val_set=val_set,
        test_set=test_set,
        state=state,
        step=chosen.step,
        step_dropped=chosen.dropped,
        spare=spare,
        world=world,
    )


def count_steps(num_train: int, config: RunConfig) -> int:
    """Optimiser steps of an epoch of `num_train` examples."""
    return -(-num_train // config.data.batch_size)


def be_deterministic(is_on: bool) -> None:
    """Let torch refuse whatever gives other bits each time, or not; before the first CUDA call of the process."""
    if is_on:
        # cuBLAS repeats its bits only with this workspace (NVIDIA's documentation of cublasSetWorkspace).
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(is_on)


def is_streamed(residence: Residence, dataset: Dataset) -> bool:
    """Whether batches are read from the files: as configured, or where the scaled set would take half of the free memory."""
    if residence is not Residence.AUTO:
        return residence is Residence.STREAM
    num_values = (dataset.num_train + dataset.num_test) * dataset.num_inputs
    return num_values * BYTES_PER_FLOAT > free_bytes() // 2


def _first_batches(train_set: ExampleSet, batch_size: int) -> list[Batch]:
    """What a step is checked on: batches of both sizes that an epoch has, the full ones twice in a row and once after."""
    count = len(train_set)
    full = min(batch_size, count)
    return [train_set.take(torch.arange(size)) for size in (full, full, count % full or full, full)]


def _check_last_batch(config: RunConfig, num_train: int, part_size: int | None) -> None:
    """ConfigError where batch normalisation would meet a batch of one, or a part of one."""
    size = config.data.batch_size
    sizes = {part for batch in (min(size, num_train), num_train % size) for part in part_sizes(batch, part_size)}
    if not (config.model.batch_norm and config.model.hidden and 1 in sizes):
        return
    if part_size is not None:
        message = f"{config.training.accumulate} parts leave one of a single example, which batch norm cannot use; take fewer"
        raise ConfigError([FieldError("training.accumulate", message)])
    message = f"{size} leaves a last batch of one of {num_train:,} examples, which batch norm cannot use; "
    message += f"take {next_batch_size(size, num_train)}"
    raise ConfigError([FieldError("data.batch_size", message)])


def versions() -> dict[str, str]:
    """Versions of what decides the bits, and of this program."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    return {"mlp-tui": __version__, "torch": torch.__version__, "numpy": version("numpy"), "python": python}
