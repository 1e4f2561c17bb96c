"""RunLoop: a run of this program as the trainer makes it, with its event log and a save after each epoch, in turns.

Loaded by the trainer's own `load_run` and trained by its own loop, recorder, closer, store and steering, in a folder that no
listing shows. Where evaluations go beside the next epoch, a turn ends when the last one has ended: the clock sees all work.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tui_trainer.engine.answers import LauncherAnswers
from tui_trainer.engine.attempt import Attempt, build_live
from tui_trainer.engine.attempt_loop import run_loop
from tui_trainer.engine.bench.contender import OwnGenerator, Scores
from tui_trainer.engine.loaded_run import load_run
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.weights_digest import weights_sha256
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_file import format_config
from tui_trainer.runs.event_log import EventLog
from tui_trainer.runs.paths import ensure_folder
from tui_trainer.runs.publisher import publish_file
from tui_trainer.runs.run_directory import RunDirectory


class RunLoop:
    """A contender; see the module. `config` may be any that a run may have; its data source is written."""

    def __init__(self, config: RunConfig, threads: int, folder: Path) -> None:
        """Load the run; `folder` is made for it. Raises what a run is refused with."""
        self.threads = threads
        self._generator = OwnGenerator(config.seed)
        with self._generator:
            self._loaded = load_run(config, threads, _UnheardAnswers())
        self.device = str(self._loaded.device)
        self._run = RunDirectory(ensure_folder(folder))
        publish_file(self._run.config_path, format_config(config).encode())
        self._log = EventLog(self._run.events_path, 1)

    @property
    def kind(self) -> str:
        """`replay`, or `eager` where that was asked for, or where replay cannot be had."""
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
        loaded = dataclasses.replace(self._loaded, config=config)
        attempt = Attempt(self._run, loaded, build_live(loaded), self._log)
        with self._generator:
            run_loop(attempt, StopSignals())

    def scores(self) -> Scores:
        """Of the last epoch, as its run's log has them."""
        epoch = self._run.history(with_steps=False).epochs[-1]
        assert epoch.train_acc is not None and epoch.test_acc is not None
        return Scores(epoch.train_acc, epoch.test_acc)

    def weights_sha256(self) -> str:
        """As in a run's `run_ended`."""
        return weights_sha256(self._loaded.state.network.state_dict())


class _UnheardAnswers(LauncherAnswers):
    """Says nothing to a launcher, because there is none."""

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Loading a set that others have loaded already is soon done."""
