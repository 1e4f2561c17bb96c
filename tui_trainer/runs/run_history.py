"""RunHistory: what a run's events say, folded into one picture of the run.

It is fed events in the order of the log and knows nothing of files or screens. Of two records for one step or epoch the
higher attempt counts: when an attempt resumes from step s, what an earlier attempt recorded beyond s is superseded.
"""

from __future__ import annotations

import bisect
import math
from array import array
from dataclasses import dataclass
from typing import Any

from tui_trainer.runs.event_log import Event, finite_number
from tui_trainer.runs.live_keys import AppliedChange, read_change, read_changes
from tui_trainer.runs.step_clock import StepClock

MAX_STEPS = 20_000_000
MAX_COUNT = 10**15
"""Epochs, steps and attempts beyond it are damage."""
_NAN = math.nan
_METRICS = (
    "train_loss", "train_acc", "val_loss", "val_acc", "test_loss", "test_acc", "ema_test_acc",
    "test_r2", "test_mae",
    "lr", "epoch_s", "examples_per_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One `epoch_ended`; a metric is None where the run has none of that name or it was not finite."""

    epoch: int
    step: int
    attempt: int
    train_loss: float | None
    train_acc: float | None
    test_loss: float | None
    test_acc: float | None
    lr: float | None
    epoch_s: float | None
    examples_per_s: float | None
    val_loss: float | None = None
    """Of what is held out of the training set, where something is."""
    val_acc: float | None = None
    ema_test_acc: float | None = None
    """Test accuracy of the running mean of the weights, where one is kept."""
    test_r2: float | None = None
    """Of a regression: 1 is perfect, 0 is the mean for everything."""
    test_mae: float | None = None
    """Of a regression: mean absolute error, in the target's own unit."""


class RunHistory:
    """A run as its log tells it; `apply` each event once, in order."""

    def __init__(self) -> None:
        self.started: Event | None = None
        """The last attempt's `run_started`."""
        self.queued: Event | None = None
        """`queued` of a run that had to wait for its turn."""
        self.ended: Event | None = None
        """`run_ended` of the last attempt, None while it goes on (or died)."""
        self.epochs: list[EpochRecord] = []
        self.superseded_epochs: list[EpochRecord] = []
        self.losses: array[float] = array("d")
        """Loss of each step, index = step - 1; NaN where it was not finite or is not known."""
        self.clock = StepClock()
        """When each step was made, and with which learning rate."""
        self.checkpoints: dict[str, Event] = {}
        """`checkpoint_saved` by id, without those that were deleted."""
        self.warnings: list[Event] = []
        self.changes: list[AppliedChange] = []
        """What was set while it trained, in order, without what was lost with superseded steps."""
        self.grad_norm_steps: array[int] = array("q")
        """Steps that were looked at, rising."""
        self.grad_norms: array[float] = array("d")
        """Norm of the whole gradient before clipping at each of `grad_norm_steps`."""
        self.health: Event | None = None
        """The last `health`: update ratio, dead share and gradient norm of each layer."""
        self.device: Event | None = None
        """The last `device`: load and memory, as the trainer saw them."""
        self.lr: float | None = None
        self.is_paused = False
        self.num_events = 0
        self.damaged_lines = 0
        self.resumed_at: dict[int, int] = {}
        """{attempt: step from which it went on}."""
        self.inexact: dict[int, tuple[str, ...]] = {}
        """{attempt: why its bits may not be the printed script's}; empty where they are."""

    @property
    def num_epochs(self) -> int | None:
        """Planned epochs, as they were set last; None before `run_started`."""
        set_to = [change.new for change in self.changes if change.key == "training.epochs" and isinstance(change.new, int)]
        return set_to[-1] if set_to else _integer(self.started, "epochs")

    @property
    def steps_per_epoch(self) -> int | None:
        """Optimiser steps an epoch; None before `run_started`."""
        return _integer(self.started, "steps_per_epoch")

    @property
    def step(self) -> int:
        """Optimiser steps done, as far as the log knows."""
        last_epoch = self.epochs[-1].step if self.epochs else 0
        return max(len(self.losses), last_epoch)

    @property
    def attempt(self) -> int:
        """The attempt that the log is in; 0 before the first."""
        return _integer(self.started, "attempt") or 0

    @property
    def best(self) -> EpochRecord | None:
        """The epoch with the highest validation accuracy (without a validation split: test), the earlier of two equal ones.

        Of a regression, which has no accuracy, the one with the lowest loss.
        """
        metric = f"{self.best_split}_{'loss' if self.is_regression else 'acc'}"
        scored = [epoch for epoch in self.epochs if getattr(epoch, metric) is not None]
        if self.is_regression:
            return min(scored, key=lambda epoch: (getattr(epoch, metric), epoch.epoch), default=None)
        return max(scored, key=lambda epoch: (getattr(epoch, metric), -epoch.epoch), default=None)

    @property
    def best_split(self) -> str:
        """On what the best epoch is chosen: `val`, or `test` where nothing is held out."""
        return "val" if any(epoch.val_loss is not None for epoch in self.epochs) else "test"

    @property
    def is_regression(self) -> bool:
        """Whether the run predicts numbers and has no accuracy, as far as its epochs tell."""
        return any(epoch.test_r2 is not None for epoch in self.epochs)

    def apply(self, event: Event) -> None:
        """Take in the next event of the log; unknown events and fields are ignored."""
        self.num_events += 1
        handler = _HANDLERS.get(event["event"])
        if handler is None:
            return
        try:
            handler(self, event)
        except (KeyError, TypeError, ValueError, OverflowError):
            self.damaged_lines += 1

    def _run_started(self, event: Event) -> None:
        resumed = event.get("resumed_from")
        step = max(0, int(resumed["step"])) if isinstance(resumed, dict) else 0
        attempt, exact = _count(event["attempt"]), event.get("exact")
        self.resumed_at[attempt] = step
        self.inexact[attempt] = tuple(str(reason) for reason in exact) if isinstance(exact, list) else ()
        del self.losses[step:]
        kept = bisect.bisect_right(self.grad_norm_steps, step)
        del self.grad_norm_steps[kept:], self.grad_norms[kept:]
        self.clock.begin_attempt(step, _number(event, "elapsed_s"))
        self.changes = read_changes(event.get("changes"))
        self.superseded_epochs += [epoch for epoch in self.epochs if epoch.step > step]
        self.epochs = [epoch for epoch in self.epochs if epoch.step <= step]
        self.started, self.ended, self.is_paused = event, None, False

    def _steps(self, event: Event) -> None:
        first = int(event["first_step"])
        losses = _read_losses(event["losses"])
        if self._is_late(event):
            return
        if not 1 <= first <= MAX_STEPS:
            raise ValueError("first_step out of range")
        missing = first - 1 - len(self.losses)
        if missing > 0:
            self.losses.extend([_NAN] * missing)
        self.losses[first - 1 : first - 1 + len(losses)] = losses
        self.lr = _number(event, "lr")
        self.clock.note(first - 1 + len(losses), _number(event, "elapsed_s"), self.lr)
        for step, norm in event.get("grad_norms", ()):
            self.grad_norm_steps.append(int(step))
            self.grad_norms.append(_finite_or_nan(norm))

    def _epoch_ended(self, event: Event) -> None:
        record = EpochRecord(
            _count(event["epoch"]),
            _count(event["step"]),
            _count(event["attempt"]),
            **{name: _number(event, name) for name in _METRICS},
        )
        if self._is_late(event):
            self.superseded_epochs.append(record)
            return
        # Nearly always it is a new one; to look for an old one each time would take the square of their number.
        if self.epochs and record.epoch <= self.epochs[-1].epoch:
            self.epochs = [epoch for epoch in self.epochs if epoch.epoch != record.epoch]
        self.epochs.append(record)

    def _checkpoint_saved(self, event: Event) -> None:
        self.checkpoints[str(event["checkpoint"])] = event

    def _checkpoint_deleted(self, event: Event) -> None:
        self.checkpoints.pop(str(event["checkpoint"]), None)

    def _warning(self, event: Event) -> None:
        self.warnings.append(event)

    def _paused(self, event: Event) -> None:
        self.is_paused = True

    def _continued(self, event: Event) -> None:
        self.is_paused = False

    def _health(self, event: Event) -> None:
        self.health = event

    def _device(self, event: Event) -> None:
        self.device = event

    def _queued(self, event: Event) -> None:
        self.queued = event

    def _control_applied(self, event: Event) -> None:
        if event["kind"] == "set" and not self._is_late(event):
            self.changes.append(read_change(event))

    def _run_ended(self, event: Event) -> None:
        if not self._is_late(event):
            self.ended = event

    def _is_late(self, event: Event) -> bool:
        """Whether an earlier attempt than the log's present one wrote it: the higher attempt counts."""
        return int(event.get("attempt", self.attempt)) < self.attempt

    def is_superseded(self, attempt: int, step: int) -> bool:
        """Whether a later attempt went on from before `step` of `attempt`."""
        return any(later > attempt and start < step for later, start in self.resumed_at.items())


_HANDLERS = {
    "run_started": RunHistory._run_started,
    "steps": RunHistory._steps,
    "epoch_ended": RunHistory._epoch_ended,
    "checkpoint_saved": RunHistory._checkpoint_saved,
    "checkpoint_deleted": RunHistory._checkpoint_deleted,
    "warning": RunHistory._warning,
    "paused": RunHistory._paused,
    "continued": RunHistory._continued,
    "queued": RunHistory._queued,
    "health": RunHistory._health,
    "device": RunHistory._device,
    "control_applied": RunHistory._control_applied,
    "run_ended": RunHistory._run_ended,
}


def _number(event: Event, name: str) -> float | None:
    return finite_number(event.get(name))


def _finite_or_nan(loss: Any) -> float:
    if loss is not None and (isinstance(loss, bool) or not isinstance(loss, int | float)):
        raise TypeError("a loss is a number or null")
    return float(loss) if loss is not None and math.isfinite(loss) else _NAN


def _read_losses(losses: list[Any]) -> array[float]:
    """NaN for what is null or not finite; TypeError for what is no number."""
    # Nearly all lists hold floats alone, and a run may have a million.
    if set(map(type, losses)) <= {float}:
        read = array("d", losses)
        if math.isfinite(sum(read)):
            return read
    return array("d", [_finite_or_nan(loss) for loss in losses])


def _integer(event: Event | None, name: str) -> int | None:
    value: Any = event.get(name) if event else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT else None


def _count(value: Any) -> int:
    """ValueError where it is no count that a run can have; what is drawn of it is arithmetic with floats."""
    count = int(value)
    if not 0 <= count <= MAX_COUNT:
        raise ValueError("a count out of range")
    return count
