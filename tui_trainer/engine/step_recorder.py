"""StepRecorder: the loss of every step, to the event log a few times a second, and the first non-finite one found."""

from __future__ import annotations

import math
import time

import torch
from torch import Tensor

from tui_trainer.engine.step_sampler import StepSampler
from tui_trainer.engine.training_state import TrainingState
from tui_trainer.runs.errors import NumericError
from tui_trainer.runs.event_log import EventLog

FLUSH_S = 0.25


class StepRecorder:
    """Collects losses between flushes; on the CPU each is looked at at once, elsewhere at the next flush."""

    def __init__(self, log: EventLog, state: TrainingState, sampler: StepSampler | None = None) -> None:
        """`sampler` looks at the first step after each flush."""
        self._log, self._state, self._sampler = log, state, sampler
        self._losses: list[float] = []
        self._device_losses: list[Tensor] = []
        self._sizes: list[int] = []
        self._is_on_cpu = state.device.type == "cpu"
        self._flushed_at = time.monotonic()

    def record(self, loss: Tensor, batch_size: int) -> None:
        """Take in the loss () of the step that was just done; NumericError at the first that is not finite."""
        self._sizes.append(batch_size)
        if self._is_on_cpu:
            value = loss.item()
            self._losses.append(value)
            if not math.isfinite(value):
                self.flush()
        else:
            self._device_losses.append(loss.detach())
        if time.monotonic() - self._flushed_at > FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Write what was collected as one `steps` event; NumericError where one of them is not finite."""
        self._flushed_at = time.monotonic()
        if self._device_losses:
            # The one synchronisation of the training loop on a GPU: a few times a second.
            self._losses = torch.stack(self._device_losses).tolist()
        if not self._losses:
            return
        losses, sizes = self._losses, self._sizes
        self._losses, self._device_losses, self._sizes = [], [], []
        first_step = self._state.position.step - len(losses) + 1
        norms = self._sampler.take_norms() if self._sampler is not None else []
        for loss, size in zip(losses, sizes, strict=True):
            # One by one, so that the sum's last bits do not depend on when it is flushed: a schedule may read it.
            self._state.position.loss_sum += loss * size
        bad = {str(first_step + index): _name(loss) for index, loss in enumerate(losses) if not math.isfinite(loss)}
        self._log.append(
            "steps",
            first_step=first_step,
            losses=[loss if math.isfinite(loss) else None for loss in losses],
            lr=self._state.lr,
            **({"non_finite": bad} if bad else {}),
            **({"grad_norms": norms} if norms else {}),
        )
        if self._sampler is not None:
            self._sampler.arm()
        if bad:
            step = int(next(iter(bad)))
            index = step - first_step
            before = f"{losses[index - 1]:.4g} before it" if index > 0 else "the step before it was finite"
            raise NumericError(f"the loss became {bad[str(step)]} at step {step:,} ({before}); try a lower learning rate")


def _name(loss: float) -> str:
    return "nan" if math.isnan(loss) else "inf" if loss > 0 else "-inf"
