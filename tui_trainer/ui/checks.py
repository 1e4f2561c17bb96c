"""Checks: what can be said about a draft before it is started; facts alone, so that a pane and a test can read them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui_trainer.ui.draft import Change
from tui_trainer.ui.like_runs import PastRun


@dataclass(frozen=True, slots=True)
class Checks:
    """What the checks pane shows."""

    errors: dict[str, str] = field(default_factory=dict)
    """{dotted key: what is wrong}; empty where the configuration can be started."""
    changes: tuple[Change, ...] = ()
    """What differs from the preset."""
    source_reason: str = ""
    """What the data source means and why; empty while nobody knows."""
    steps_per_epoch: int | None = None
    epochs: int | None = None
    past_run: PastRun | None = None
    """The last run like it."""

    @property
    def total_s(self) -> float | None:
        """Seconds of the whole run, measured on the last run like it; None where there is none."""
        if self.past_run is None or self.past_run.epoch_s is None or self.epochs is None:
            return None
        return self.past_run.epoch_s * self.epochs
