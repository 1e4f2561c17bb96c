"""Findings on the tables `data` and `training`, on batches against the data, and on memory against what is free."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tui_trainer.runs.config import EarlyStopping, RunConfig
from tui_trainer.runs.data_source import COLUMN_SCHEMES, OWN_SPLIT_SCHEMES, TABLE_SCHEMES, scheme_of
from tui_trainer.runs.findings import Facts, Finding, Severity, default_of
from tui_trainer.runs.memory_advice import largest_batch
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.memory_needs import Fit, fit_of, memory_needs

MUCH_HELD_OUT = 0.5
MUCH_SMOOTHING = 0.5


def run_findings(config: RunConfig, facts: Facts) -> Iterator[Finding]:
    """What there is to say, in the order of the form."""
    yield from _source(config)
    yield from _validation(config)
    yield from _batches(config, facts)
    yield from _training(config)
    yield from _stopping(config)
    yield from _regression(config, facts)
    yield from _averages(config, facts)
    yield from _memory(config, facts)


def _source(config: RunConfig) -> Iterator[Finding]:
    """Keys of the table `data` that its source does not read."""
    data = config.data
    if data.source is None:
        return
    scheme = scheme_of(data.source)
    unread = [] if scheme == "toy" else ["noise", "num_examples"]
    unread += [] if scheme in COLUMN_SCHEMES else ["target", "ignore"]
    unread += [] if scheme in TABLE_SCHEMES else ["task", "missing"]
    if scheme in OWN_SPLIT_SCHEMES and not data.validation_share:
        unread.append("split_seed")
    for name in unread:
        default = default_of(data, name)
        if getattr(data, name) != default:
            # Arrays have no names that a person would write; where it is looked for, the start is refused.
            is_refused = name in ("target", "ignore") and scheme in ("npz", "sklearn", "toy")
            severity, what = (Severity.ERROR, "no columns to choose from") if is_refused else (Severity.NOTE, "no use for it")
            yield Finding(f"data.{name}", severity, f"{scheme} has {what}; leave it as it was", {f"data.{name}": default})


def _validation(config: RunConfig) -> Iterator[Finding]:
    data = config.data
    if data.validation_share >= MUCH_HELD_OUT:
        message = f"{data.validation_share:.0%} of the training set is held out; a tenth is usual"
        yield Finding("data.validation_share", Severity.WARNING, message, {"data.validation_share": 0.1})


def _batches(config: RunConfig, facts: Facts) -> Iterator[Finding]:
    size, accumulate = config.data.batch_size, config.training.accumulate
    num_trained = facts.num_trained(config)
    if accumulate > size:
        message = f"a batch of {size:,} has no {accumulate:,} parts; {size:,} is the most"
        yield Finding("training.accumulate", Severity.NOTE, message, {"training.accumulate": size})
    if num_trained is None or num_trained < 1:
        return
    if size > num_trained:
        message = f"the {num_trained:,} examples to train on make one batch, one step an epoch"
        yield Finding("data.batch_size", Severity.WARNING, message)
    if config.model.batch_norm and config.model.hidden and size > 1 and accumulate == 1 and num_trained % size == 1:
        message = f"{size:,} leaves a last batch of one of {num_trained:,} examples, which batch norm cannot use"
        yield Finding("data.batch_size", Severity.ERROR, message, {"data.batch_size": next_batch_size(size, num_trained)})


def next_batch_size(size: int, num_examples: int) -> int:
    """The next batch size that leaves no batch of one."""
    return next((larger for larger in range(size + 1, size + 100) if num_examples % larger != 1), size + 1)


def _training(config: RunConfig) -> Iterator[Finding]:
    training = config.training
    if training.deterministic and config.device == "cpu":
        message = "has no effect on the CPU, which repeats its bits anyway"
        yield Finding("training.deterministic", Severity.NOTE, message, {"training.deterministic": False})
    if training.save_every_epochs > training.epochs:
        message = f"{training.save_every_epochs:,} and the run has {training.epochs:,} epochs: the last one alone is saved"
        yield Finding("training.save_every_epochs", Severity.NOTE, message)
    if training.label_smoothing >= MUCH_SMOOTHING:
        message = f"{training.label_smoothing:g} spreads most of each label over the other classes; 0.1 is usual"
        yield Finding("training.label_smoothing", Severity.WARNING, message, {"training.label_smoothing": 0.1})


def _stopping(config: RunConfig) -> Iterator[Finding]:
    training = config.training
    falls_to_the_end = config.schedule.name in ("cosine", "warmup_cosine", "one_cycle")
    if training.early_stopping is EarlyStopping.OFF:
        for name in ("patience", "min_delta"):
            default = default_of(training, name)
            if getattr(training, name) != default:
                message = "has no effect while training.early_stopping is off"
                yield Finding(f"training.{name}", Severity.NOTE, message, {f"training.{name}": default})
    elif training.patience >= training.epochs:
        message = f"{training.patience:,} epochs are borne and the run has {training.epochs:,}: no effect"
        yield Finding("training.patience", Severity.NOTE, message, {"training.patience": max(1, training.epochs // 4)})
    elif falls_to_the_end:
        message = f"may end the run before {config.schedule.name} has lowered the rate, when it learns most"
        yield Finding("training.early_stopping", Severity.WARNING, message)
    if training.time_budget_s and falls_to_the_end:
        message = f"may end the run before {config.schedule.name} has lowered the rate, when it learns most"
        yield Finding("training.time_budget_s", Severity.WARNING, message)


def _regression(config: RunConfig, facts: Facts) -> Iterator[Finding]:
    training = config.training
    if facts.num_classes != 1:
        return
    if training.label_smoothing:
        message = "needs classes, and the target is a number"
        yield Finding("training.label_smoothing", Severity.ERROR, message, {"training.label_smoothing": 0.0})
    if training.early_stopping is EarlyStopping.VAL_ACC:
        message = '"val_acc" needs classes, and the target is a number'
        yield Finding("training.early_stopping", Severity.ERROR, message, {"training.early_stopping": "val_loss"})


def _averages(config: RunConfig, facts: Facts) -> Iterator[Finding]:
    decay, num_trained = config.training.ema_decay, facts.num_trained(config)
    if decay and num_trained:
        num_steps = math.ceil(num_trained / config.data.batch_size) * config.training.epochs
        if 1 / (1 - decay) > num_steps:
            message = f"{decay:g} averages over {1 / (1 - decay):,.0f} steps and the run has {num_steps:,}: it never settles"
            fix = {"training.ema_decay": round(1 - 10 / num_steps, 4)} if num_steps > 20 else None
            yield Finding("training.ema_decay", Severity.WARNING, message, fix)


def _memory(config: RunConfig, facts: Facts) -> Iterator[Finding]:
    if facts.num_inputs is None or facts.num_classes is None or facts.free_bytes is None:
        return
    needed = memory_needs(config, facts.num_inputs, facts.num_classes).total_bytes
    fit = fit_of(needed, facts.free_bytes)
    if fit is Fit.FITS:
        return
    message = f"{format_bytes(needed)} needed to train this network, {format_bytes(facts.free_bytes)} free"
    if fit is Fit.TIGHT:
        yield Finding("model.hidden", Severity.WARNING, f"{message}: tight")
        return
    batch = largest_batch(config, facts.num_inputs, facts.num_classes, facts.free_bytes)
    data = config.data
    fix = {"data.batch_size": min(batch, data.batch_size), "data.eval_batch_size": min(batch, data.eval_batch_size)}
    advice = f"a batch of {batch:,} would fit" if batch else "take fewer or narrower layers"
    yield Finding("model.hidden", Severity.ERROR, f"{message}; {advice}", fix if batch else None)
