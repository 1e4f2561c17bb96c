"""TrainingLoop: the book's loop over epochs, with a save after each and somebody at the wheel between steps.

train(), zero_grad, forward, CrossEntropyLoss, backward, step; then eval() and no_grad over both sets. Its weights equal those
of the printed script bit for bit on the CPU.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from torch import Tensor, nn

from tui_trainer.engine.batches import MemoryBatches, WorkerBatches
from tui_trainer.engine.checkpoint_store import CheckpointStore
from tui_trainer.engine.epoch_order import draw_base_seed, draw_epoch_order
from tui_trainer.engine.evaluation import SetMetrics, evaluate_set
from tui_trainer.engine.steering import Ending, Steering
from tui_trainer.engine.step_recorder import StepRecorder
from tui_trainer.engine.training_state import TrainingState
from tui_trainer.runs.event_log import EventLog


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """X (N, D) float32 and y (N,) int64 on the run's device."""

    X: Tensor
    y: Tensor


class TrainingLoop:
    """Trains `state` until its epochs are done, or somebody stops it."""

    def __init__(
        self,
        state: TrainingState,
        batches: MemoryBatches | WorkerBatches,
        train_set: EvaluationSet,
        test_set: EvaluationSet,
        *,
        epochs: int,
        eval_batch_size: int,
        log: EventLog,
        store: CheckpointStore,
        steering: Steering,
    ) -> None:
        self._state, self._batches, self._train_set, self._test_set = state, batches, train_set, test_set
        self._epochs, self._eval_batch_size = epochs, eval_batch_size
        self._log, self._store, self._steering = log, store, steering
        self._recorder = StepRecorder(log, state)
        self._criterion = nn.CrossEntropyLoss()
        self._epoch_began_at = time.monotonic()

    def run(self) -> Ending:
        """Train to the end; how it ended. NumericError at the first loss that is not finite."""
        self._epoch_began_at = time.monotonic()
        while self._state.position.epoch < self._epochs:
            ending = self._train_epoch()
            if self._state.position.examples_used:
                assert ending is not None
                return ending
            self._end_epoch()
            ending = ending or self._steering.poll(self._state.position.step, self._save_now)
            if ending is not None:
                return ending
        return Ending("done", 0, "all epochs are done")

    def _train_epoch(self) -> Ending | None:
        """The rest of the running epoch, or a whole new one; None unless it was stopped.

        A stop at its last step leaves the epoch complete.
        """
        state, position, network, optimizer = self._state, self._state.position, self._state.network, self._state.optimizer
        num_examples = len(self._train_set.y)
        if state.order is None:
            state.order = draw_epoch_order(num_examples)
        network.train()
        ending = None
        for X_B, y_B in self._batches.iterate(state.order, position.examples_used):
            optimizer.zero_grad()
            loss = self._criterion(network(X_B), y_B)
            loss.backward()
            optimizer.step()
            position.step += 1
            position.examples_used += len(y_B)
            self._recorder.record(loss, len(y_B))
            if ending is None:
                ending = self._steering.poll(position.step, self._save_now)
            if ending is not None and position.examples_used < num_examples:
                self._save_at_stop(ending)
                return ending
        self._recorder.flush()
        position.examples_used = 0
        state.order = None
        return ending

    def _save_at_stop(self, ending: Ending) -> None:
        self._recorder.flush()
        if ending.saves:
            self._save_now()

    def _save_now(self) -> None:
        """A save in the middle of an epoch: without metrics, never the best."""
        self._recorder.flush()
        if 0 < self._state.position.examples_used < len(self._train_set.y):
            self._remember_elapsed()
            self._store.save(self._state, {})

    def _end_epoch(self) -> None:
        state, position = self._state, self._state.position
        if state.scheduler is not None:
            state.scheduler.step()
        train, test = self._evaluate(self._train_set), self._evaluate(self._test_set)
        position.epoch += 1
        self._remember_elapsed()
        epoch_s, position.elapsed_s = position.elapsed_s, 0.0
        metrics = {
            "train_loss": position.loss_sum / train.num_examples,
            "train_acc": train.accuracy,
            "test_loss": test.loss,
            "test_acc": test.accuracy,
        }
        position.loss_sum = 0.0
        self._log.append(
            "epoch_ended",
            epoch=position.epoch,
            step=position.step,
            **metrics,
            lr=state.lr,
            epoch_s=round(epoch_s, 4),
            examples_per_s=round(train.num_examples / epoch_s, 1) if epoch_s > 0 else None,
        )
        self._store.save(state, metrics)

    def _remember_elapsed(self) -> None:
        now = time.monotonic()
        self._state.position.elapsed_s += now - self._epoch_began_at
        self._epoch_began_at = now

    def _evaluate(self, part: EvaluationSet) -> SetMetrics:
        # The script's evaluation loader draws a base seed when it is iterated.
        draw_base_seed()
        return evaluate_set(self._state.network, part.X, part.y, self._eval_batch_size)
