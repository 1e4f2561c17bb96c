"""EpochCloser: what follows an epoch's last step - both evaluations, `epoch_ended`, the save - beside the next epoch.

It works on a snapshot and on a network of its own, in one thread, so that training goes on meanwhile; a training that has to
wait for it helps with the evaluation. Where no core is idle, or the device is not the CPU, it works at once instead. Epochs are
closed in order, one at a time, and no save is published before the `epoch_ended` of its epoch is in the log.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import torch
from torch import nn

from tui_trainer.engine.batch_measure import Measure, build_measure
from tui_trainer.engine.checkpoint_store import CheckpointStore
from tui_trainer.engine.evaluation import SetMetrics, evaluate_set
from tui_trainer.engine.example_set import ExampleSet
from tui_trainer.engine.shared_evaluation import SharedEvaluation
from tui_trainer.engine.thread_count import keep_thread_count
from tui_trainer.engine.training_state import Snapshot
from tui_trainer.runs.event_log import EventLog

Evaluate = Callable[[nn.Module, ExampleSet, int], SetMetrics]
"""(network, examples, batch size) -> metrics, as `evaluate_set`."""


class EpochCloser:
    """Closes epochs of one attempt; used by the training thread alone."""

    def __init__(
        self,
        network: nn.Module,
        train_set: ExampleSet,
        test_set: ExampleSet,
        eval_batch_size: int,
        log: EventLog,
        store: CheckpointStore,
        *,
        val_set: ExampleSet | None = None,
        save_every: int = 1,
        beside_threads: int | None,
        evaluate: Evaluate = evaluate_set,
        target_scale: float = 1.0,
    ) -> None:
        """`val_set` is held out of training, None: nothing is; an epoch whose number is no multiple of `save_every` waits for
        `save_unsaved`. `beside_threads`: the run's thread count, to work beside training; None to work at once."""
        self._network, self._evaluate, self._target_scale = copy.deepcopy(network), evaluate, target_scale
        self._train_set, self._test_set, self._eval_batch_size = train_set, test_set, eval_batch_size
        self._val_set, self._save_every = val_set, save_every
        self._unsaved: tuple[Snapshot, dict[str, float]] | None = None
        self._log, self._store = log, store
        self._pending: Future[None] | None = None
        self._shared: SharedEvaluation | None = None
        self._pool = ThreadPoolExecutor(1, "epoch-closer", keep_thread_count, (beside_threads,)) if beside_threads else None
        self._measure = self._build_measure()
        self._last_ended_at = time.monotonic()
        self._carried_s = 0.0

    def _build_measure(self) -> Measure | None:
        """How a batch is measured beside training; None where an evaluation is not a sum over batches, or not beside it."""
        X_B, y_B = self._train_set.take(torch.arange(min(self._eval_batch_size, len(self._train_set))))
        # Sums over the numbers that a regression predicts are not those of single batches.
        if self._pool is None or self._evaluate is not evaluate_set or y_B.is_floating_point():
            return None
        return build_measure(self._network, X_B, y_B)

    def start_clock(self, carried_s: float) -> None:
        """Begin to measure the first epoch, of which `carried_s` seconds were spent before this attempt."""
        self._last_ended_at, self._carried_s = time.monotonic(), carried_s

    def seconds_since_epoch(self) -> float:
        """Seconds since the last `epoch_ended`, those before this attempt included."""
        return time.monotonic() - self._last_ended_at + self._carried_s

    @property
    def is_idle(self) -> bool:
        """Whether no epoch is being closed just now."""
        return self._pending is None or self._pending.done()

    def validate(self, network: nn.Module) -> SetMetrics | None:
        """Metrics of the live `network` on what is held out, for a decision before the next epoch; None where nothing is."""
        return None if self._val_set is None else self._evaluate(network, self._val_set, self._eval_batch_size)

    def close_epoch(self, snapshot: Snapshot, train_loss: float, lr: float, val: SetMetrics | None = None) -> None:
        """Evaluate, record and save the epoch that `snapshot` ends; returns at once where it works beside training.

        `val`: what `validate` gave, where it was asked already.
        """
        self.wait()
        self._network.load_state_dict(snapshot.weights)
        if self._pool is None:
            self._close(snapshot, train_loss, lr, val)
            return
        if self._measure is not None:
            self._network.eval()
            self._shared = SharedEvaluation(self._measure, (self._train_set, self._test_set), self._eval_batch_size)
        self._pending = self._pool.submit(self._close, snapshot, train_loss, lr, val, self._shared)

    def save_unsaved(self) -> None:
        """Save the last epoch, if it was closed without; for the end of a run, and on request."""
        self.wait()
        unsaved, self._unsaved = self._unsaved, None
        if unsaved is not None:
            self._store.save(*unsaved)

    def wait(self) -> None:
        """Until no epoch is being closed, helping with it; raises what closing it raised."""
        pending, self._pending = self._pending, None
        shared, self._shared = self._shared, None
        if shared is not None:
            shared.help()
        if pending is not None:
            pending.result()

    def finish(self) -> None:
        """Close what is pending and end the thread."""
        try:
            self.wait()
        finally:
            if self._pool is not None:
                self._pool.shutdown()

    def _close(
        self, snapshot: Snapshot, train_loss: float, lr: float, val: SetMetrics | None, shared: SharedEvaluation | None = None
    ) -> None:
        """`self._network` has the snapshot's weights; `shared` is to find its metrics, None: this thread alone is."""
        train, test = shared.metrics() if shared is not None else self._evaluate_sets()
        scale = self._target_scale
        metrics = {"train_loss": train_loss, **train.scores("train", scale)}
        if val := val or self.validate(self._network):
            metrics |= {"val_loss": val.loss, **val.scores("val", scale)}
        metrics |= {"test_loss": test.loss, **test.scores("test", scale)}
        if snapshot.average is not None:
            self._network.load_state_dict(snapshot.average)
            average = evaluate_set(self._network, self._test_set, self._eval_batch_size)
            metrics |= average.scores("ema_test", scale)
        epoch_s = self.seconds_since_epoch()
        self.start_clock(0.0)
        finite = {name: value for name, value in metrics.items() if math.isfinite(value)}
        self._log.append(
            "epoch_ended",
            epoch=snapshot.position.epoch,
            step=snapshot.position.step,
            **{name: finite.get(name) for name in metrics},
            lr=lr,
            epoch_s=round(epoch_s, 4),
            examples_per_s=round(train.num_examples / epoch_s, 1) if epoch_s > 0 else None,
        )
        for name in metrics.keys() - finite.keys():
            message = f"{name} of epoch {snapshot.position.epoch} is not finite; it counts for nothing"
            self._log.append("warning", code="metric_not_finite", message=message)
        self._unsaved = (snapshot, finite)
        if snapshot.position.epoch % self._save_every == 0:
            self._unsaved = None
            self._store.save(snapshot, finite)

    def _evaluate_sets(self) -> list[SetMetrics]:
        return [self._evaluate(self._network, part, self._eval_batch_size) for part in (self._train_set, self._test_set)]
