"""LiveChanges: what a `set` request does to the objects of a running training, at a step boundary.

A new learning rate under a schedule scales everything that the schedule makes its rates of, so that the curve keeps its shape;
with a constant one, or on a plateau, it is the next step's rate itself. A step that may have become another one is chosen anew,
so that replay is checked against the eager step before it goes on. `script_changes` prints the same operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from tui_trainer.engine.spare_cores import SpareCores
from tui_trainer.engine.step_rules import build_rules
from tui_trainer.engine.train_step import Batch, TrainStep, choose_step
from tui_trainer.engine.training_state import TrainingState
from tui_trainer.runs.config import RunConfig, value_at
from tui_trainer.runs.live_keys import AppliedChange, check_set, effective_config, explain_set, is_scaled

SCALED_ENTRIES = ("lr", "initial_lr", "max_lr", "min_lr")
"""Entries of an optimiser's group that torch's schedulers make their rates of."""
_STEP_KEYS = ("optimizer.weight_decay", "training.clip_norm")


class LiveChanges:
    """The effective configuration of a run, and the step that goes with it; `apply` changes both."""

    def __init__(
        self,
        config: RunConfig,
        state: TrainingState,
        step: TrainStep,
        first_batches: Callable[[], Sequence[Batch]],
        *,
        is_alone: bool = True,
        spare: SpareCores | None = None,
    ) -> None:
        """`first_batches` is what a new step is checked on; `is_alone`: one process trains; `spare` lends to its steps."""
        self.config, self.step = config, step
        self.step_dropped: str | None = None
        """Why the step is not replayed any more since the last change; None: nothing changed in that."""
        self._state, self._first_batches, self._is_alone, self._spare = state, first_batches, is_alone, spare

    def check(self, key: str, value: Any) -> RunConfig:
        """The configuration after the change; ConfigError where it cannot be had now."""
        position = self._state.position
        changed = check_set(self.config, key, value, least_epochs=position.epoch + (position.examples_used > 0))
        if key in _STEP_KEYS and not self._is_alone:
            from tui_trainer.runs.errors import ConfigError, FieldError

            raise ConfigError([FieldError(key, "cannot be changed in a run of several processes; rerun with another")])
        return changed

    def apply(self, key: str, value: Any) -> AppliedChange:
        """Change `key` from the next step on; ConfigError, and nothing changed, where it cannot be had."""
        changed = self.check(key, value)
        applied = AppliedChange(
            self._state.position.step, key, value_at(self.config, key), value_at(changed, key), note=explain_set(changed, key)
        )
        self._carry_out(applied, changed)
        self._state.changes.append(applied)
        return applied

    def restore(self, changes: Sequence[AppliedChange], made_since_save: Sequence[AppliedChange]) -> None:
        """Become what the run was when it was saved, after `changes`, then make those again that came right after the save.

        Learning rates, weight decay and schedules were saved with the state itself.
        """
        self._state.changes = list(changes)
        if not (changes or made_since_save):
            return
        self.config = effective_config(self.config, changes)
        self._follow(self.config)
        for applied in made_since_save:
            self.apply(applied.key, applied.new)

    def _carry_out(self, applied: AppliedChange, changed: RunConfig) -> None:
        if applied.key == "optimizer.lr":
            self._set_lr(applied)
        elif applied.key == "optimizer.weight_decay":
            self._state.optimizer.param_groups[0]["weight_decay"] = applied.new
        self.config = changed
        if applied.key in (*_STEP_KEYS, "training.patience"):
            self._follow(changed)

    def _set_lr(self, applied: AppliedChange) -> None:
        optimizer, scheduler = self._state.optimizer, self._state.scheduler
        if scheduler is None or not is_scaled(self.config):
            optimizer.param_groups[0]["lr"] = applied.new
        else:
            scale_lr(optimizer, scheduler, applied.new / applied.old)

    def _follow(self, config: RunConfig) -> None:
        """Let early stopping and the step obey `config`."""
        if self._state.stopper is not None:
            self._state.stopper.patience = config.training.patience
        if not self._is_alone:
            return
        rules = replace(build_rules(config, self._state.device), scaler=self._state.scaler)
        network, optimizer = self._state.network, self._state.optimizer
        chosen = choose_step(config.training.step_mode, network, optimizer, self._first_batches(), rules, self._spare)
        self.step, self.step_dropped = chosen.step, chosen.dropped


def scale_lr(optimizer: Optimizer, scheduler: LRScheduler, factor: float) -> None:
    """Multiply the rates of the first group by `factor`, and what the scheduler makes later ones of."""
    group = optimizer.param_groups[0]
    for name in SCALED_ENTRIES:
        if name in group:
            group[name] *= factor
    for part in getattr(scheduler, "_schedulers", [scheduler]):
        part.base_lrs[0] *= factor
