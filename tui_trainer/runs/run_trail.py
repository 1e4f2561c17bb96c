"""RunTrail: what a run did that its configuration alone does not say: where it ended, and what was changed on the way.

Read from the log; the script printer writes it down, so that a run that was stopped, steered or timed out has a script too.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui_trainer.runs.config import RunConfig, validate_config
from tui_trainer.runs.live_keys import AppliedChange
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import RunHistory

_ENDS_BY_ITSELF = ("all epochs are done", "early stopping")


@dataclass(frozen=True, slots=True)
class RunTrail:
    """`num_steps`: after which the run ended, short of what it was to do; None: it ends as configured and changed."""

    changes: tuple[AppliedChange, ...] = ()
    num_steps: int | None = None
    steps_per_epoch: int = 0
    """0 where it is not known, which it is for every run that began."""

    @property
    def is_plain(self) -> bool:
        """Whether the configuration says it all."""
        return not self.changes and self.num_steps is None

    @property
    def ends_in_epoch(self) -> bool:
        """Whether the last epoch was not finished."""
        return self.num_steps is not None and bool(self.steps_per_epoch) and self.num_steps % self.steps_per_epoch > 0

    @property
    def changes_in_epoch(self) -> bool:
        """Whether anything was changed in the middle of an epoch."""
        return any(change.step % max(1, self.steps_per_epoch) for change in self.changes)

    def last_value(self, key: str, configured: int) -> int:
        """What `key` was set to last, else what was configured."""
        return next((change.new for change in reversed(self.changes) if change.key == key), configured)

    def changes_of(self, key: str) -> bool:
        """Whether `key` was changed."""
        return any(change.key == key for change in self.changes)

    def num_epochs(self, config: RunConfig) -> int:
        """Epochs that were begun, or are to be."""
        if self.num_steps is not None and self.steps_per_epoch:
            return -(-self.num_steps // self.steps_per_epoch)
        return self.last_value("training.epochs", config.training.epochs)


PLAIN_TRAIL = RunTrail()


def read_trail(run: RunDirectory) -> RunTrail:
    """The trail of `run` as its log has it; of one that still trains what was changed until now."""
    history = run.history()
    return RunTrail(tuple(history.changes), _num_steps(run, history), history.steps_per_epoch or 0)


def root_config(run: RunDirectory) -> RunConfig:
    """The configuration of step 0: the run's own, or of a fork that of the run whose steps it went on from."""
    root = run.fork_facts.get("root_config")
    return run.config if root is None else validate_config(root)


def is_printable(run: RunDirectory) -> bool:
    """Whether a script can have the run's bits, as far as a fork's changes go."""
    return not run.fork_facts.get("inexact")


def _num_steps(run: RunDirectory, history: RunHistory) -> int | None:
    """Steps done by a run that ended before its time; None for one that did not, or is not over."""
    if history.started is None or run.status(history) in (RunStatus.UNKNOWN, RunStatus.RUNNING, RunStatus.PAUSED):
        return None
    reason = str((history.ended or {}).get("reason"))
    return None if history.ended is not None and reason.startswith(_ENDS_BY_ITSELF) else history.step
