"""RunLoop: a run of this program as the trainer makes it, with its event log and a save after each epoch, in turns.

The trainer's own loop, recorder, closer, store and steering work in a folder of their own. Where evaluations go beside the
next epoch, a turn ends when the last one has ended, so that no work is hidden from the clock.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch

from tui_trainer.engine import train_job
from tui_trainer.engine.bench.contender import BenchData, OwnGenerator, Scores
from tui_trainer.engine.loaded_run import LoadedRun, _first_batches
from tui_trainer.engine.network import build_network
from tui_trainer.engine.optimization import build_optimizer, build_scheduler
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.train_step import choose_step
from tui_trainer.engine.training_state import TrainingState
from tui_trainer.engine.weights_digest import weights_sha256
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_file import format_config
from tui_trainer.runs.event_log import EventLog
from tui_trainer.runs.paths import ensure_folder
from tui_trainer.runs.publisher import publish_file
from tui_trainer.runs.run_directory import RunDirectory


class RunLoop:
    """A contender; see the module. `config` may be any configuration, its step mode and device included."""

    def __init__(self, data: BenchData, config: RunConfig, threads: int, device: str, folder: Path) -> None:
        """`folder` is made and kept; choosing the step calls torch at the thread count that is set."""
        self.threads, self.device = threads, device
        self._generator = OwnGenerator(config.seed)
        with self._generator:
            self._loaded = _load(data, config, threads, torch.device(device))
        self._run = RunDirectory(ensure_folder(folder))
        publish_file(self._run.config_path, format_config(config).encode())
        self._log = EventLog(self._run.events_path, 1)

    @property
    def kind(self) -> str:
        """`replay`, or `eager` where that was asked for, or where replay could not be had."""
        return self._loaded.step.mode.value

    @property
    def dropped(self) -> str | None:
        """Why steps are not replayed although they were to be."""
        return self._loaded.step_dropped

    def train(self, num_epochs: int) -> None:
        """The trainer's loop over the next epochs, to the end of the last evaluation and save."""
        epochs = self._loaded.state.position.epoch + num_epochs
        config = self._loaded.config
        config = config.model_copy(update={"training": config.training.model_copy(update={"epochs": epochs})})
        attempt = train_job.Attempt(self._run, dataclasses.replace(self._loaded, config=config), self._log)
        with self._generator:
            train_job._run_loop(attempt, StopSignals())

    def scores(self) -> Scores:
        """Of the last epoch, as its run's log has them."""
        epoch = self._run.history(with_steps=False).epochs[-1]
        assert epoch.train_acc is not None and epoch.test_acc is not None
        return Scores(epoch.train_acc, epoch.test_acc)

    def weights_sha256(self) -> str:
        """As in a run's `run_ended`."""
        return weights_sha256(self._loaded.state.network.state_dict())


def _load(data: BenchData, config: RunConfig, threads: int, device: torch.device) -> LoadedRun:
    """As `load_run`, with data that is in memory already, and shared."""
    network = build_network(config.model, data.dataset.num_inputs, data.dataset.num_classes).to(device)
    optimizer = build_optimizer(config.optimizer, network.parameters())
    train_set = data.train[0].to(device), data.train[1].to(device)
    chosen = choose_step(config.training.step_mode, network, optimizer, _first_batches(train_set, config.data.batch_size))
    return LoadedRun(
        config=config,
        threads=threads,
        device=device,
        dataset=data.dataset,
        data_fingerprint=data.data_fingerprint,
        train_set=train_set,
        test_set=(data.test[0].to(device), data.test[1].to(device)),
        state=TrainingState(network, optimizer, build_scheduler(config, optimizer), device),
        step=chosen.step,
        step_dropped=chosen.dropped,
    )
