"""TrainingLoop: the book's loop over epochs, with somebody at the wheel between steps.

Its weights equal those of the printed script bit for bit on the CPU. What follows an epoch's last step is the closer's, but for
the metric that a schedule or early stopping reads: that is known before the next epoch begins.
"""

from __future__ import annotations

import time

from tui_trainer.engine.batches import EpochBatches
from tui_trainer.engine.checkpoint_store import CheckpointStore
from tui_trainer.engine.early_stopper import EarlyStopper
from tui_trainer.engine.epoch_closer import EpochCloser
from tui_trainer.engine.epoch_order import draw_base_seed, draw_epoch_order
from tui_trainer.engine.evaluation import SetMetrics
from tui_trainer.engine.live_changes import LiveChanges
from tui_trainer.engine.spare_cores import SpareCores
from tui_trainer.engine.steering import Ending, Steering
from tui_trainer.engine.step_recorder import StepRecorder
from tui_trainer.engine.time_budget import TimeBudget
from tui_trainer.engine.training_state import TrainingState
from tui_trainer.runs.config import RunConfig


class TrainingLoop:
    """Trains `state` until its epochs are done, nothing gets better any more, its time is used, or somebody stops it."""

    def __init__(
        self,
        state: TrainingState,
        live: LiveChanges,
        batches: EpochBatches,
        *,
        num_train: int,
        config: RunConfig,
        recorder: StepRecorder,
        closer: EpochCloser,
        store: CheckpointStore,
        steering: Steering,
        spare: SpareCores | None = None,
    ) -> None:
        training = config.training
        self._state, self._live, self._batches = state, live, batches
        self._num_train, self._save_every_steps = num_train, training.save_every_steps
        self._recorder, self._closer, self._store, self._steering = recorder, closer, store, steering
        self._spare = spare
        self._stopper = state.stopper or EarlyStopper(training)
        self._reads_validation = bool(config.data.validation_share) and (
            state.schedule.reads_metric or self._stopper.metric.reads_validation
        )
        # The script's loaders: train, test, what is held out, and test again for the mean weights.
        self._num_evaluations = 2 + bool(config.data.validation_share) + (state.average is not None)
        self._budget = TimeBudget(training.time_budget_s)

    def run(self) -> Ending:
        """Train to the end; how it ended. NumericError at the first loss that is not finite."""
        self._closer.start_clock(self._state.position.elapsed_s)
        self._budget.begin(self._state.position.trained_s)
        try:
            ending = self._run_epochs()
            if ending.saves:
                self._closer.save_unsaved()
            return ending
        finally:
            self._closer.finish()

    def _run_epochs(self) -> Ending:
        while self._state.position.epoch < self._live.config.training.epochs and not self._stopper.is_spent:
            ending = self._train_epoch()
            if self._state.position.examples_used == 0:
                self._end_epoch()
                ending = ending or self._poll()
            if ending is not None:
                return ending
        reason = f"early stopping: {self._stopper.reason}" if self._stopper.is_spent else "all epochs are done"
        return Ending("done", 0, reason, saves=True)

    def _train_epoch(self) -> Ending | None:
        """The rest of the running epoch, or a whole new one; None unless it was stopped.

        A stop at its last step leaves the epoch complete.
        """
        state, position = self._state, self._state.position
        if state.order is None:
            state.order = draw_epoch_order(self._num_train)
        state.network.train()
        ending = None
        for X_B, y_B in self._batches.iterate(state.order, position.examples_used):
            if self._spare is not None:
                self._spare.follow(self._closer.is_idle)
            loss = self._live.step(X_B, y_B)
            state.advance(len(y_B))
            self._recorder.record(loss, len(y_B))
            if self._save_every_steps and position.step % self._save_every_steps == 0:
                self._save_in_epoch()
            ending = ending or self._poll()
            if ending is not None and position.examples_used < self._num_train:
                if ending.saves:
                    self._save_in_epoch()
                self._recorder.flush()
                return ending
        self._recorder.flush()
        position.examples_used, state.order = 0, None
        return ending

    def _poll(self) -> Ending | None:
        """Whether to end now: as somebody asked, or because the time is used up."""
        asked_at = time.monotonic()
        # What ends an epoch belongs to its last step, so a change waits until all of it is done.
        is_ending = self._state.position.examples_used == self._num_train
        ending = self._steering.poll(self._state.position.step, self._save_now, may_change=not is_ending)
        self._budget.leave_out(time.monotonic() - asked_at)
        if ending is None and self._budget.is_spent:
            return Ending("done", 0, f"the time budget of {self._budget.limit_s:g} s is used", saves=True)
        return ending

    def _save_now(self) -> None:
        """A save on request, after the epoch before it is closed."""
        self._save_in_epoch()
        self._closer.save_unsaved()

    def _save_in_epoch(self) -> None:
        """A save in the middle of an epoch: without metrics, never the best; nothing where an epoch has just ended."""
        position = self._state.position
        self._recorder.flush()
        self._closer.wait()
        if 0 < position.examples_used < self._num_train:
            position.elapsed_s = self._closer.seconds_since_epoch()
            position.trained_s = self._budget.used_s
            self._store.save(self._state.snapshot(), {})

    def _end_epoch(self) -> None:
        state, position = self._state, self._state.position
        train_loss = position.loss_sum / self._num_train
        val = self._closer.validate(state.network) if self._reads_validation else None
        state.schedule.epoch_ended(train_loss if val is None else val.loss)
        position.epoch += 1
        self._stopper.observe(position.epoch, _watchable(train_loss, val))
        # The script's evaluation loaders draw a base seed each; what follows the draws needs no generator.
        for _ in range(self._num_evaluations):
            draw_base_seed()
        position.loss_sum = position.elapsed_s = 0.0
        position.trained_s = self._budget.used_s
        if self._spare is not None:
            # The next epoch's first batches are taken before its first step asks whether a core is free.
            self._spare.follow(is_free=False)
        self._closer.close_epoch(state.snapshot(), train_loss, state.lr, val)


def _watchable(train_loss: float, val: SetMetrics | None) -> dict[str, float]:
    values = {"train_loss": train_loss}
    return values if val is None else {**values, "val_loss": val.loss, "val_acc": val.accuracy}
