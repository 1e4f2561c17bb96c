"""Findings on the tables `optimizer` and `schedule`: steps that are too long or none, and drops that never come."""

from __future__ import annotations

from collections.abc import Iterator

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.findings import Facts, Finding, Severity, default_of
from tui_trainer.runs.optimizers import SGD, Adagrad, Adam, OptimizerConfig, RMSprop
from tui_trainer.runs.schedules import Cadence, Exponential, MultiStep, Plateau, ScheduleConfig, Step, WarmupCosine

LONG_SCALED_STEP = 0.05
"""A step of Adam and its kin moves each weight by about lr, and a first weight of the book's is some 0.04."""
LONG_SGD_STEP = 5.0
LEAST_SHARE = 1e-6
"""Below this share of its first value a learning rate trains no more."""
_SCALED = ("adam", "adamw", "nadam", "radam", "rmsprop", "adamax")


def optimizer_findings(config: RunConfig, facts: Facts) -> Iterator[Finding]:
    """What there is to say, in the order of the form."""
    optimizer: OptimizerConfig = config.optimizer
    yield from _learning_rate(config, optimizer)
    yield from _decay(config, optimizer)
    if isinstance(optimizer, SGD) and optimizer.dampening and not optimizer.momentum:
        message = "has no effect without momentum"
        yield Finding("optimizer.dampening", Severity.NOTE, message, {"optimizer.dampening": 0.0})
    yield from _schedule(config, config.schedule)


def _learning_rate(config: RunConfig, optimizer: OptimizerConfig) -> Iterator[Finding]:
    lr = float(config.optimizer.lr)
    usual = {"optimizer.lr": default_of(optimizer, "lr")}
    if lr == 0:
        yield Finding("optimizer.lr", Severity.WARNING, "0 leaves every weight as it is; nothing is learnt", usual)
    elif optimizer.torch_class.lower() in _SCALED and lr >= LONG_SCALED_STEP:
        message = f"{lr:g} is far too long for {config.optimizer.name}, which moves each weight by about lr a step"
        yield Finding("optimizer.lr", Severity.WARNING, message, usual)
    elif isinstance(optimizer, SGD | RMSprop) and optimizer.momentum >= 0.9 and lr >= 0.5:
        tenth = float(f"{lr / 10:.3g}")
        message = f"{lr:g} with momentum {optimizer.momentum:g} steps as far as {lr / (1 - optimizer.momentum):g} without"
        yield Finding("optimizer.lr", Severity.WARNING, message, {"optimizer.lr": tenth})
    elif isinstance(optimizer, SGD) and lr >= LONG_SGD_STEP:
        yield Finding("optimizer.lr", Severity.WARNING, f"{lr:g} is so long that the loss will not fall", usual)


def _decay(config: RunConfig, optimizer: OptimizerConfig) -> Iterator[Finding]:
    decay = float(config.optimizer.weight_decay)
    if isinstance(optimizer, Adam) and decay:
        message = "Adam scales this penalty away with the gradient; AdamW decays weights as it says"
        fix = {"optimizer.name": "adamw", "optimizer.lr": optimizer.lr, "optimizer.weight_decay": decay}
        yield Finding("optimizer.weight_decay", Severity.WARNING, message, fix)
    if decay * float(config.optimizer.lr) >= 1:
        message = f"{decay:g} times lr takes more off a weight than it has; take less"
        yield Finding("optimizer.weight_decay", Severity.WARNING, message)
    if isinstance(optimizer, Adagrad) and optimizer.lr_decay and config.schedule.cadence is not Cadence.NEVER:
        message = "lowers the rate beside the schedule, which does so too; leave one of them"
        yield Finding("optimizer.lr_decay", Severity.WARNING, message, {"optimizer.lr_decay": 0.0})


def _schedule(config: RunConfig, schedule: ScheduleConfig) -> Iterator[Finding]:
    epochs = config.training.epochs
    constant = {"schedule.name": "constant"}
    if epochs == 1 and schedule.cadence in (Cadence.EPOCH, Cadence.METRIC):
        message = "changes the rate after an epoch, and the run has one: no effect"
        yield Finding("schedule.name", Severity.NOTE, message, constant)
    elif isinstance(schedule, Step | MultiStep | Exponential) and schedule.gamma == 1:
        yield Finding("schedule.gamma", Severity.NOTE, "1 changes nothing", constant)
    elif isinstance(schedule, Step) and schedule.step_size >= epochs:
        message = f"{schedule.step_size:,} epochs to the first drop and the run has {epochs:,}: no effect"
        yield Finding("schedule.step_size", Severity.NOTE, message, {"schedule.step_size": max(1, epochs // 3)})
    elif isinstance(schedule, MultiStep):
        yield from _milestones(schedule, epochs)
    elif isinstance(schedule, Exponential) and schedule.gamma ** (epochs - 1) < LEAST_SHARE:
        message = (
            f"{schedule.gamma:g} over {epochs:,} epochs ends at {schedule.gamma ** (epochs - 1):.0e} of lr; nothing learns"
        )
        yield Finding("schedule.gamma", Severity.WARNING, message, {"schedule.gamma": round(0.01 ** (1 / epochs), 4)})
    elif isinstance(schedule, WarmupCosine) and schedule.warmup_epochs * 2 > epochs:
        message = f"{schedule.warmup_epochs:,} of {epochs:,} epochs are spent on the rise; a tenth is usual"
        yield Finding("schedule.warmup_epochs", Severity.WARNING, message, {"schedule.warmup_epochs": max(1, epochs // 10)})
    elif isinstance(schedule, Plateau):
        yield from _plateau(schedule, config)


def _milestones(schedule: MultiStep, epochs: int) -> Iterator[Finding]:
    late = [milestone for milestone in schedule.milestones if milestone >= epochs]
    if not schedule.milestones:
        yield Finding("schedule.milestones", Severity.NOTE, "none: the rate never drops", {"schedule.name": "constant"})
    elif late:
        kept = [milestone for milestone in schedule.milestones if milestone < epochs]
        message = f"{late} of a run of {epochs:,} epochs: no effect"
        fix = {"schedule.milestones": kept} if kept else {"schedule.name": "constant"}
        yield Finding("schedule.milestones", Severity.NOTE, message, fix)


def _plateau(schedule: Plateau, config: RunConfig) -> Iterator[Finding]:
    if schedule.min_lr >= config.optimizer.lr > 0:
        message = f"{schedule.min_lr:g} is not below optimizer.lr: the rate never drops"
        yield Finding("schedule.min_lr", Severity.NOTE, message, {"schedule.min_lr": 0.0})
    elif schedule.patience + 1 >= config.training.epochs:
        message = f"{schedule.patience:,} epochs are borne and the run has {config.training.epochs:,}: no effect"
        yield Finding("schedule.patience", Severity.NOTE, message, {"schedule.patience": config.training.epochs // 5})
