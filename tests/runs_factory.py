"""Plausible run directories, whole or growing, written through the program's own log, lock and publisher but without torch.

`write_run` makes one as a trainer would have left it; the RunWriter that it gives back goes on writing, so that a test can
watch a run grow. The lock of a live one is held by the test's own process.
"""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

from tests.runs.fake_run import make_checkpoint
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_file import format_config
from tui_trainer.runs.event_log import EventLog
from tui_trainer.runs.manifest import RESUME, WEIGHTS, checkpoint_id
from tui_trainer.runs.paths import ensure_folder, runs_folder
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_lock import RunLock

SAVE_BYTES = 4096


class RunWriter:
    """A trainer's pen: appends what a training would."""

    def __init__(self, folder: Path, config: RunConfig, steps_per_epoch: int, *, num_train: int, seed: int) -> None:
        self.directory = RunDirectory(folder)
        self.config = config
        self.steps_per_epoch = steps_per_epoch
        self.step = 0
        self.epoch = 0
        self.log = EventLog(self.directory.events_path, attempt=1)
        self._num_train = num_train
        self._random = random.Random(seed)
        self._lock = RunLock(self.directory.lock_path)

    def start(self) -> None:
        """Take the lock and append `run_started`."""
        self._lock.acquire(attempt=self.log.attempt)
        self.log.append(
            "run_started",
            schema=1,
            run=self.directory.run,
            device="cpu",
            device_name="x86_64",
            threads=2,
            world_size=1,
            versions={"mlp-tui": "0.1.0", "torch": "2.13.0+cpu"},
            seed=self.config.seed,
            data_fingerprint="0" * 64,
            num_parameters=109386,
            num_train=self._num_train,
            num_test=self._num_train // 6,
            steps_per_epoch=self.steps_per_epoch,
            epochs=self.config.training.epochs,
            resumed_from=None,
            exact=True,
            parent=None,
        )

    def wait_behind(self, run: RunDirectory) -> None:
        """Take the lock and append `queued`, as the trainer of a run that waits for its turn does."""
        self._lock.acquire(attempt=self.log.attempt)
        self.log.append("queued", behind=run.run)

    def add_steps(self, num_steps: int) -> None:
        """Append one `steps` event; losses fall as the book's do."""
        losses = [self._loss_at(self.step + index) for index in range(1, num_steps + 1)]
        self.log.append("steps", first_step=self.step + 1, losses=losses, lr=self.config.optimizer.lr)
        self.step += num_steps

    def add_nan_step(self) -> None:
        """Append the step at which the loss became NaN."""
        self.step += 1
        self.log.append(
            "steps", first_step=self.step, losses=[None], lr=self.config.optimizer.lr, non_finite={str(self.step): "nan"}
        )

    def end_epoch(self, *, test_acc: float | None = None, saves: bool = True) -> None:
        """Append `epoch_ended` and, with `saves`, publish its checkpoint."""
        self.epoch += 1
        metrics = {
            "train_loss": 0.38 * 0.78**self.epoch,
            "train_acc": round(1 - 0.06 * 0.8 ** (self.epoch - 1), 4),
            "test_loss": 0.09 + 0.2 * 0.7**self.epoch,
            "test_acc": round(0.9784 - 0.04 * 0.65 ** (self.epoch - 1) + self._random.uniform(-6e-4, 6e-4), 4),
        }
        metrics["test_acc"] = test_acc if test_acc is not None else metrics["test_acc"]
        self.log.append(
            "epoch_ended",
            epoch=self.epoch,
            step=self.step,
            **metrics,
            lr=self.config.optimizer.lr,
            epoch_s=0.7,
            examples_per_s=86000.0,
        )
        if saves:
            self.save(metrics)

    def save(self, metrics: dict[str, float]) -> None:
        """Publish a checkpoint with a real manifest, and append `checkpoint_saved`."""
        files = {WEIGHTS: bytes(SAVE_BYTES), RESUME: bytes(SAVE_BYTES)}
        is_complete = self.step % self.steps_per_epoch == 0
        make_checkpoint(
            self.directory,
            self.step,
            files=files,
            epoch=self.epoch,
            epoch_complete=is_complete,
            metrics=metrics,
            model={"num_inputs": 784, "num_classes": 10, "hidden": [128, 64]},
        )
        self.log.append(
            "checkpoint_saved",
            checkpoint=checkpoint_id(self.step, 1),
            step=self.step,
            epoch=self.epoch,
            weights_sha256="0" * 64,
            bytes=2 * SAVE_BYTES,
        )

    def add_epoch(self, *, test_acc: float | None = None, saves: bool = True) -> None:
        """A whole epoch in two `steps` events and its end."""
        half = self.steps_per_epoch // 2
        self.add_steps(half)
        self.add_steps(self.steps_per_epoch - half)
        self.end_epoch(test_acc=test_acc, saves=saves)

    def end(self, status: str = "done", *, exit_code: int = 0, reason: str = "all epochs are done") -> None:
        """Append `run_ended` and give the lock back."""
        self.log.append("run_ended", status=status, exit_code=exit_code, reason=reason, best=None, weights_sha256="0" * 64)
        self.leave()

    def leave(self) -> None:
        """Give the lock back without a word, as a killed trainer does."""
        self._lock.release()
        self.log.close()

    def _loss_at(self, step: int) -> float:
        epochs = step / self.steps_per_epoch
        middle = 2.2 * math.exp(-2.2 * epochs) + 0.38 * 0.78**epochs
        return round(middle * math.exp(self._random.gauss(0, 0.7)), 6)


def write_run(
    name: str = "book-3f2a",
    *,
    config: RunConfig | None = None,
    epochs_done: int = 0,
    steps_per_epoch: int = 938,
    status: str = "running",
    day: str = "20261123T231201Z",
    num_train: int = 60_000,
    saves: bool = True,
    info: dict[str, Any] | None = None,
    seed: int = 0,
    behind: RunDirectory | None = None,
) -> RunWriter:
    """A run in $MLP_TUI_HOME: `epochs_done` epochs, then running (lock held), crashed, done or stopped; config: mnist, book.

    A run that failed is written by hand: `running`, then `add_nan_step` and `end`. One that waits `behind` another has no
    epochs.
    """
    folder = ensure_folder(runs_folder() / f"{day}-{name}")
    if config is None:
        config = RunConfig()
        config = config.model_copy(update={"data": config.data.model_copy(update={"source": "mnist"})})
    (folder / "run.toml").write_text(format_config(config))
    tables = {"schema": 1, "run": folder.name, "created": "2026-11-23T23:12:01.123Z", "parent": None, "group": None}
    (folder / "run.json").write_text(json.dumps({**tables, **(info or {})}))
    writer = RunWriter(folder, config, steps_per_epoch, num_train=num_train, seed=seed)
    if behind is not None:
        writer.wait_behind(behind)
        return writer
    writer.start()
    for _ in range(epochs_done):
        writer.add_epoch(saves=saves)
    if status == "crashed":
        writer.leave()
    elif status != "running":
        writer.end(status, reason="request" if status == "stopped" else "all epochs are done")
    return writer
