"""TrainingLoop: the book's loop over epochs, with somebody at the wheel between steps.

Its weights equal those of the printed script bit for bit on the CPU. What follows an epoch's last step is the closer's.
"""

from __future__ import annotations

from tui_trainer.engine.batches import EpochBatches
from tui_trainer.engine.checkpoint_store import CheckpointStore
from tui_trainer.engine.epoch_closer import EpochCloser
from tui_trainer.engine.epoch_order import draw_base_seed, draw_epoch_order
from tui_trainer.engine.steering import Ending, Steering
from tui_trainer.engine.step_recorder import StepRecorder
from tui_trainer.engine.train_step import TrainStep
from tui_trainer.engine.training_state import TrainingState


class TrainingLoop:
    """Trains `state` until its epochs are done, or somebody stops it."""

    def __init__(
        self,
        state: TrainingState,
        step: TrainStep,
        batches: EpochBatches,
        *,
        num_train: int,
        epochs: int,
        recorder: StepRecorder,
        closer: EpochCloser,
        store: CheckpointStore,
        steering: Steering,
    ) -> None:
        self._state, self._step, self._batches = state, step, batches
        self._num_train, self._epochs = num_train, epochs
        self._recorder, self._closer, self._store, self._steering = recorder, closer, store, steering

    def run(self) -> Ending:
        """Train to the end; how it ended. NumericError at the first loss that is not finite."""
        self._closer.start_clock(self._state.position.elapsed_s)
        try:
            return self._run_epochs()
        finally:
            self._closer.finish()

    def _run_epochs(self) -> Ending:
        while self._state.position.epoch < self._epochs:
            ending = self._train_epoch()
            if self._state.position.examples_used == 0:
                self._end_epoch()
                ending = ending or self._steering.poll(self._state.position.step, self._save_now)
            if ending is not None:
                return ending
        return Ending("done", 0, "all epochs are done")

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
            loss = self._step(X_B, y_B)
            position.step += 1
            position.examples_used += len(y_B)
            self._recorder.record(loss, len(y_B))
            if ending is None:
                ending = self._steering.poll(position.step, self._save_now)
            if ending is not None and position.examples_used < self._num_train:
                if ending.saves:
                    self._save_now()
                self._recorder.flush()
                return ending
        self._recorder.flush()
        position.examples_used, state.order = 0, None
        return ending

    def _save_now(self) -> None:
        """A save in the middle of an epoch, after the epoch before it is closed: without metrics, never the best."""
        position = self._state.position
        self._recorder.flush()
        self._closer.wait()
        if 0 < position.examples_used < self._num_train:
            position.elapsed_s = self._closer.seconds_since_epoch()
            self._store.save(self._state.snapshot(), {})

    def _end_epoch(self) -> None:
        state, position = self._state, self._state.position
        if state.scheduler is not None:
            state.scheduler.step()
        # The script's two evaluation loaders draw a base seed each; what follows the draws needs no generator.
        draw_base_seed()
        draw_base_seed()
        train_loss = position.loss_sum / self._num_train
        position.epoch += 1
        position.loss_sum = position.elapsed_s = 0.0
        self._closer.close_epoch(state.snapshot(), train_loss, state.lr)
