"""Schedule: torch's schedulers of a configuration, stepped when their entry of the table says so.

The loop tells it of each optimiser step and each epoch; it changes the learning rates of the optimiser's groups, nothing else.
"""

from __future__ import annotations

import math
from typing import Any

from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.errors import ConfigError, FieldError
from tui_trainer.runs.schedules import Cadence, InSteps, OwnLr, ScheduleConfig, Stage


class Schedule:
    """One scheduler, or none for a constant learning rate, and its cadence."""

    def __init__(self, scheduler: LRScheduler | None, cadence: Cadence) -> None:
        self.scheduler, self.cadence = scheduler, cadence

    @property
    def reads_metric(self) -> bool:
        """Whether `epoch_ended` needs a loss."""
        return self.cadence is Cadence.METRIC

    def step_taken(self) -> None:
        """An optimiser step was made."""
        if self.scheduler is not None and self.cadence is Cadence.STEP:
            self.scheduler.step()

    def epoch_ended(self, loss: float | None = None) -> None:
        """An epoch's last step was made; `loss` is what the schedule reads, where it reads one."""
        if self.scheduler is None:
            return
        if self.cadence is Cadence.EPOCH:
            self.scheduler.step()
        elif isinstance(self.scheduler, lr_scheduler.ReduceLROnPlateau) and loss is not None:
            self.scheduler.step(loss)

    def state_dict(self) -> dict[str, Any] | None:
        """What changes in the scheduler, as strict JSON; what is not finite or no JSON is the configuration's, not state."""
        return None if self.scheduler is None else _strict(self.scheduler.state_dict())

    def load_state_dict(self, state: dict[str, Any] | None) -> None:
        """Go on from what `state_dict` gave for the same configuration."""
        if self.scheduler is not None:
            self.scheduler.load_state_dict(dict(state or {}))


def build_schedule(config: RunConfig, optimizer: Optimizer, steps_per_epoch: int) -> Schedule:
    """The schedule of `config` over `optimizer`, whose learning rate it may change at once.

    ConfigError where torch refuses it, which for one_cycle depends on the number of steps.
    """
    # A replayed step never calls optimizer.step(), which the scheduler would take for a mistake and warn of.
    optimizer._opt_called = True  # type: ignore[attr-defined]
    schedule: ScheduleConfig = config.schedule
    stages = schedule.stages(config.training.epochs)
    try:
        scheduler = _build_stages(stages, optimizer, steps_per_epoch)
    except (ValueError, ZeroDivisionError) as error:
        message = (
            f'"{config.schedule.name}" cannot be had over {config.training.epochs * steps_per_epoch:,} steps '
            f"({str(error)[:80]}); train longer, or take another schedule"
        )
        raise ConfigError([FieldError("schedule.name", message)]) from None
    return Schedule(scheduler, schedule.cadence)


def _build_stages(stages: list[Stage], optimizer: Optimizer, steps_per_epoch: int) -> LRScheduler | None:
    schedulers = [_build_stage(stage, optimizer, steps_per_epoch) for stage in stages]
    if len(schedulers) < 2:
        return schedulers[0] if schedulers else None
    milestones = [stage.length.epochs * steps_per_epoch for stage in stages if stage.length is not None]
    return lr_scheduler.SequentialLR(optimizer, schedulers, milestones=milestones)


def _build_stage(stage: Stage, optimizer: Optimizer, steps_per_epoch: int) -> LRScheduler:
    def value(written: Any) -> Any:
        if isinstance(written, InSteps):
            return written.epochs * steps_per_epoch
        if isinstance(written, OwnLr):
            return [group["lr"] for group in optimizer.param_groups]
        return written

    arguments = {name: value(written) for name, written in stage.arguments.items()}
    scheduler: LRScheduler = getattr(lr_scheduler, stage.torch_class)(optimizer, **arguments)
    return scheduler


def _strict(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _strict_entry(entry) for key, entry in value.items() if _is_strict(entry)}


def _strict_entry(entry: Any) -> Any:
    if isinstance(entry, dict):
        return _strict(entry)
    return [_strict_entry(part) for part in entry] if isinstance(entry, list | tuple) else entry


def _is_strict(entry: Any) -> bool:
    if isinstance(entry, dict):
        return all(isinstance(key, str) for key in entry)
    if isinstance(entry, list | tuple):
        return all(_is_strict(part) for part in entry)
    return entry is None or isinstance(entry, str | int) or (isinstance(entry, float) and math.isfinite(entry))
